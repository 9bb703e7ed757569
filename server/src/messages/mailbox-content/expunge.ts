import type { MailboxId, ModSeq, Uid } from "../../store/index.ts"
import { type AccountChange, changeAccount, reached } from "../change-account.ts"
import type { UidRange } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { removeMarked } from "../remove-messages.ts"
import { rangesBehind } from "../uid-ranges.ts"

/**
 * EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (§6.4.9). Many messages go in several steps, so that nobody waits for all
 * of them; each step is durable by itself.
 */
export async function expunge(
  { store, account }: AccountParts,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
): Promise<{ readonly modseq: ModSeq; readonly uids: readonly Uid[] }> {
  const uids: Uid[] = []
  for (let left = ranges; ; ) {
    const step = await changeAccount(store, account, async (change: AccountChange) => {
      const { uids: gone, more } = await removeMarked(store, change, mailbox, left)
      return { gone, more, modseq: reached(change) }
    })
    for (const uid of step.gone) uids.push(uid)
    const last = step.gone.at(-1)
    if (!step.more || last === undefined) return { modseq: step.modseq, uids }
    left = rangesBehind(left, last)
  }
}
