/** Messages that a program puts into a mailbox, written as arrivals are: sealed, threaded, logged. */
import type { EmailId, MailboxId, ModSeq, Uid } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { AccountChange } from "../change-account.ts"
import { sizeOf } from "../delivery.ts"
import type { AccountParts } from "../open-mail.ts"
import { addRows, createRows, filled, type Kept } from "../rows.ts"
import { mergeThreads, planThreads } from "../threads.ts"
import type { Prepared } from "./prepare-message.ts"

/** Their bodies have been written. Resolves with their UIDs. */
export async function writeMessages(
  { store, chance }: Pick<AccountParts, "store" | "chance">,
  change: AccountChange,
  mailbox: MailboxId,
  prepared: readonly Prepared[],
  bodyIds: readonly Buffer[],
): Promise<readonly Uid[]> {
  const { tx, account, state } = change
  change.happened = true
  const bytes = prepared.reduce((sum, { message }) => sum + sizeOf(message), 0)
  const uidNext = await claim(change, mailbox, prepared, bytes)
  const threads = await planThreads(
    tx,
    prepared.map(({ message }) => ({ account, hashes: message.threadHashes })),
  )
  const rows = createRows()
  const kept = prepared.map(({ message, place }, index): Kept => {
    const bodyId = bodyIds[index]
    if (bodyId === undefined) throw new Error("a message without a body")
    const email = asId<EmailId>(state.emailNext++)
    const thread = threads.place(account, email, message.threadHashes)
    const each: Kept = {
      account,
      email,
      mailbox,
      uid: asId(uidNext + index),
      thread,
      modseq: change.modseq,
    }
    addRows(rows, each, message, bodyId, chance, place)
    return each
  })
  await store.copyIn(tx, ...filled([...Object.values(rows), threads.refs]))
  await merge(change, threads.merges)
  state.messages += prepared.length
  state.usedBytes += bytes
  return kept.map(({ uid }) => uid)
}

/** Takes UIDs: the first of them. */
async function claim(
  { tx, account, modseq }: AccountChange,
  mailbox: MailboxId,
  prepared: readonly Prepared[],
  bytes: number,
): Promise<number> {
  const count = prepared.length
  const unseen = prepared.filter(({ message }) => !message.keywords.includes("$seen")).length
  const deleted = prepared.filter(({ place }) => place.deleted).length
  const [row] = await tx<{ uid: number }[]>`
    update mailbox set
      uid_next = uid_next + ${count}, total = total + ${count}, unseen = unseen + ${unseen},
      deleted = deleted + ${deleted}, bytes = bytes + ${bytes}, modseq = ${modseq}
    where account_id = ${account} and mailbox_id = ${mailbox}
    returning uid_next - ${count} as uid`
  if (row === undefined) throw new Error("the mailbox has gone under the lock of its account")
  return row.uid
}

/** A merge counts the account's modseq on, from what this change takes. */
async function merge(change: AccountChange, merges: Parameters<typeof mergeThreads>[1]): Promise<void> {
  const { tx, account } = change
  if (merges.length === 0) return
  await tx`update mail_state set modseq = ${change.modseq} where account_id = ${account}`
  const newest: ModSeq | undefined = (await mergeThreads(tx, merges)).get(account)
  if (newest !== undefined) change.modseq = newest
}
