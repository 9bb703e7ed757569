/** COPY and UID COPY (RFC 9051 §6.4.7, §6.4.9). */
import { type CommandOf, copyUidCode, mailboxNameOf } from "@letterkeep/imap"
import { type Answer, namesAreUtf8 } from "../handler.ts"
import { noSuchNumber, type OpenMailbox, organising } from "./open-mailbox.ts"
import { refusalOf, tryCreate } from "./refusals.ts"
import { resolveSet } from "./resolve-set.ts"

export async function copy(box: OpenMailbox, command: CommandOf<"COPY" | "MOVE">): Promise<Answer> {
  const { known, mail, id, enabled } = box
  const resolved = resolveSet(known.numbering, command.messages, known.saved)
  if (resolved.kind === "no-such-number") return noSuchNumber
  const to = mailboxNameOf(command.mailbox, namesAreUtf8(enabled))
  if (to === undefined) return tryCreate
  const copied = await organising(box, () => mail.copy(id, resolved.uids, to))
  if (copied.kind !== "copied") return refusalOf(copied)
  const code = copyUidCode(copied.uidValidity, copied.pairs)
  return code === undefined
    ? { kind: "ok", text: "There was nothing to copy" }
    : { kind: "ok", code, text: "Copied" }
}
