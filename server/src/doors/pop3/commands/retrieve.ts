import { DotStuffer, failed, ok, TopCutter } from "@letterkeep/pop3"
import { BrokenOffError } from "../broken-off-error.ts"
import type { Visit } from "../transaction.ts"
import { noSuchMessage } from "./no-such-message.ts"

/**
 * RETR, and TOP where `lines` says how many (RFC 1939 §5, §7). Pieces go out as they are opened, at the pace of the
 * client; one is held at a time. What fails after the first leaves no way to say so but to end the connection.
 */
export async function retrieve(visit: Visit, number: number, lines: number | undefined): Promise<void> {
  const { line, maildrop } = visit
  const message = maildrop.find(number)
  if (message === undefined) {
    await line.write(noSuchMessage)
    return
  }
  const stuffer = new DotStuffer()
  const cutter = lines === undefined ? undefined : new TopCutter(lines)
  let begun = false
  try {
    for await (const piece of piecesOf(visit, message.uid)) {
      if (!begun) await line.write(ok(lines === undefined ? `${message.octets} octets` : "The top follows"))
      begun = true
      const shown = cutter === undefined ? piece : cutter.push(piece)
      for (const part of stuffer.push(shown)) await line.write(part)
      if (cutter?.isDone) break
    }
  } catch (error) {
    throw begun ? new BrokenOffError(error) : error
  }
  if (!begun) {
    await line.write((await isThere(visit, message.uid)) ? notOpened : removed)
    return
  }
  await line.write(stuffer.end())
  visit.house.figures.retrieved.add()
  visit.retrieved()
}

const notOpened = failed("This sign-in does not open this message: it came before a reset", "SYS/PERM")
const removed = failed("The message has been removed by another program")

/** Nothing came of it: because it has gone, or because this sign-in does not open it? */
async function isThere({ mail, maildrop }: Visit, uid: number): Promise<boolean> {
  for await (const page of mail.rows(maildrop.mailbox, [{ first: uid, last: uid }])) {
    if (page.length > 0) return true
  }
  return false
}

/** Each piece is opened in the gate, for no longer than that takes: a slow client can take its time. */
async function* piecesOf({ house, account, mail, maildrop }: Visit, uid: number): AsyncIterable<Buffer> {
  for await (const { piece } of mail.bodies(maildrop.mailbox, [{ first: uid, last: uid }])) {
    yield await house.privacy.gate("mail.read", { kind: "account", account }, async permit =>
      piece.open(permit),
    )
  }
}
