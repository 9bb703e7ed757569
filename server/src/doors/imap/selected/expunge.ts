/** EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9), and what CLOSE removes (§6.4.1). */
import type { CommandOf } from "@letterkeep/imap"
import type { UidRange } from "../../../messages/index.ts"
import type { Answer, Out } from "../handler.ts"
import { tellRemoved } from "./news.ts"
import { type OpenMailbox, openedReadOnly, organising } from "./open-mailbox.ts"
import { resolveSet } from "./resolve-set.ts"

export async function expunge(box: OpenMailbox, command: CommandOf<"EXPUNGE">, out: Out): Promise<Answer> {
  const { known, readOnly } = box
  if (readOnly) return openedReadOnly
  const { uids } = await remove(box, rangesOf(box, command))
  known.remove(uids)
  return uids.length === 0 ? { kind: "ok", text: "Removed" } : await tellRemoved(box, out, "Removed")
}

export async function expungeQuietly(box: OpenMailbox): Promise<void> {
  await remove(box, undefined)
}

function rangesOf({ known }: OpenMailbox, { uids }: CommandOf<"EXPUNGE">): readonly UidRange[] | undefined {
  if (uids === undefined) return undefined
  const resolved = resolveSet(known.numbering, { uid: true, set: uids }, known.saved)
  return resolved.kind === "messages" ? resolved.uids : []
}

async function remove(box: OpenMailbox, uids: readonly UidRange[] | undefined) {
  return await organising(box, () => box.mail.expunge(box.id, uids))
}
