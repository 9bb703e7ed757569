/** MOVE and UID MOVE (RFC 9051 §6.4.8, RFC 6851). */
import { type CommandOf, copyUidCode, mailboxNameOf } from "@letterkeep/imap"
import { type Answer, namesAreUtf8, type Out } from "../handler.ts"
import { tellRemoved } from "./news.ts"
import { noSuchNumber, type OpenMailbox, openedReadOnly, organising } from "./open-mailbox.ts"
import { refusalOf, tryCreate } from "./refusals.ts"
import { resolveSet } from "./resolve-set.ts"

export async function move(box: OpenMailbox, command: CommandOf<"COPY" | "MOVE">, out: Out): Promise<Answer> {
  const { known, mail, id, enabled, readOnly } = box
  if (readOnly) return openedReadOnly
  const resolved = resolveSet(known.numbering, command.messages, known.saved)
  if (resolved.kind === "no-such-number") return noSuchNumber
  const to = mailboxNameOf(command.mailbox, namesAreUtf8(enabled))
  if (to === undefined) return tryCreate
  const moved = await organising(box, () => mail.move(id, resolved.uids, to))
  if (moved.kind !== "copied") return refusalOf(moved)
  const code = copyUidCode(moved.uidValidity, moved.pairs)
  if (code === undefined) return { kind: "ok", text: "There was nothing to move" }
  // RFC 6851 §4.3: COPYUID comes before the EXPUNGE responses.
  out.write(`* OK [${code}] Moved\r\n`)
  known.remove(moved.pairs.map(([from]) => from))
  // RFC 6851 §4.4
  return await tellRemoved(box, out, "Moved")
}
