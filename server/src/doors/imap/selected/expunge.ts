/** EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9), and what CLOSE removes (§6.4.1). */
import type { CommandOf } from "@letterkeep/imap"
import type { UidRange } from "../../../messages/index.ts"
import type { Answer, Out } from "../handler.ts"
import { tellsModseq } from "./flags-response.ts"
import { tellGone, tellNews } from "./news.ts"
import { mailboxHasGone, type OpenMailbox, openedReadOnly, organising } from "./open-mailbox.ts"
import { resolveSet } from "./resolve-set.ts"

export async function expunge(box: OpenMailbox, command: CommandOf<"EXPUNGE">, out: Out): Promise<Answer> {
  const { known, enabled, readOnly } = box
  if (readOnly) return openedReadOnly
  const { uids } = await remove(box, rangesOf(box, command))
  known.remove(uids)
  if (uids.length === 0 || !tellsModseq(enabled)) {
    await tellGone(known, out, enabled.has("QRESYNC"))
    return { kind: "ok", text: "Removed" }
  }
  // RFC 7162 §3.2.7: up to where the client knows the mailbox now, so it has to be told all that came before.
  if ((await tellNews(box, out, { expunges: true, look: true })) === "gone") return mailboxHasGone
  return { kind: "ok", code: `HIGHESTMODSEQ ${known.told}`, text: "Removed" }
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
