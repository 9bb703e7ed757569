/** REPLACE and UID REPLACE (RFC 8508): one message in the place of another, in one step. */
import { appendUidCode, type CommandOf, mailboxNameOf } from "@letterkeep/imap"
import { type Answer, namesAreUtf8, type Out } from "../handler.ts"
import { readNewMessage } from "./new-message.ts"
import { tellRemoved } from "./news.ts"
import { noSuchNumber, type OpenMailbox, openedReadOnly, organising } from "./open-mailbox.ts"
import { refusalOf, tryCreate } from "./refusals.ts"
import { resolveSet } from "./resolve-set.ts"

export async function replace(box: OpenMailbox, command: CommandOf<"REPLACE">, out: Out): Promise<Answer> {
  const { known, mail, id, enabled, readOnly } = box
  if (readOnly) return openedReadOnly
  const { uid: byUid, number } = command
  const set = { kind: "ranges", ranges: [{ first: number, last: number }] } as const
  const resolved = resolveSet(known.numbering, { uid: byUid, set }, known.saved)
  if (resolved.kind === "no-such-number") return noSuchNumber
  const [range] = resolved.uids
  if (range === undefined) return hasGone
  const to = mailboxNameOf(command.mailbox, namesAreUtf8(enabled))
  if (to === undefined) return tryCreate
  const read = readNewMessage(command.message, enabled, mail.account)
  if (read.kind === "refused") return read.answer
  const old = known.numbering.uidOf(known.numbering.numberOf(range.first))
  const done = await organising(box, permit => mail.replace(id, old, to, read.message, permit))
  if (done.kind === "no-such-message") return hasGone
  if (done.kind !== "appended") return refusalOf(done)
  // RFC 8508 §4.3: APPENDUID first; §4.5: as UID EXPUNGE, so with HIGHESTMODSEQ (RFC 7162 §3.2.9).
  out.write(`* OK [${appendUidCode(done.uidValidity, done.uids)}] Kept\r\n`)
  known.remove([old])
  return await tellRemoved(box, out, "Replaced", true)
}

const hasGone: Answer = {
  kind: "no",
  code: "NONEXISTENT",
  text: "The message that was to be replaced has gone",
}
