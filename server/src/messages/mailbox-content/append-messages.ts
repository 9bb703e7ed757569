import type { Permit } from "../../privacy/index.ts"
import { type AccountChange, changeAccount, Undone } from "../change-account.ts"
import { sizeOf } from "../delivery.ts"
import type { Appended, Mail, MailboxInfo } from "../mail.ts"
import { mailboxesOf } from "../mailbox-tree/list-mailboxes.ts"
import { canonicalName } from "../mailbox-tree/names.ts"
import type { AccountParts } from "../open-mail.ts"
import { todaysKey } from "../todays-key.ts"
import { writeBodies } from "../write-group.ts"
import { findSentCopy } from "./find-sent-copy.ts"
import { findTarget } from "./find-target.ts"
import { faultOfIncoming, openIncoming, type Prepared, prepareMessage } from "./prepare-message.ts"
import { writeMessages } from "./write-messages.ts"

type Incoming = Parameters<Mail["append"]>[1]

/**
 * APPEND (RFC 9051 §6.3.12), several all or none (RFC 3502 §6.3.11). `first` makes room in the same change, before
 * the messages are written; where it resolves to something else than undefined, that is the result and nothing is done.
 */
export async function appendMessages<T>(
  parts: AccountParts,
  to: string,
  messages: Incoming,
  permit: Permit<"mail.organise">,
  first?: (change: AccountChange) => Promise<T | undefined>,
): Promise<Appended | T> {
  const { store, account, chance } = parts
  const incoming = openIncoming(messages, permit)
  const fault = faultOfIncoming(incoming)
  if (fault !== undefined) return { kind: "too-many", sentence: fault }
  if (store.room() === "low") return { kind: "disk-low" }
  const now = parts.clock.now()
  const key = await todaysKey(parts)
  const prepared = incoming.map(each => prepareMessage(parts, each, key, now))
  const bytes = prepared.reduce((sum, { message }) => sum + sizeOf(message), 0)
  const ahead = await lookAhead(parts, to, first === undefined ? bytes : 0, permit)
  if ("kind" in ahead) return ahead
  const [only, ...others] = prepared
  const there =
    only === undefined || others.length > 0 || first !== undefined || ahead.role !== "sent"
      ? undefined
      : await findSentCopy(parts, ahead.id, Buffer.concat(only.message.parts), permit)
  if (there !== undefined) return { kind: "appended", uidValidity: there.uidValidity, uids: [there.uid] }
  const bodyIds = prepared.map(() => chance.bytes(16))
  return await changeAccount<Appended | T>(
    store,
    account,
    async change => {
      const target = await findTarget(change, parts.names, to)
      if (target === undefined) return new Undone<Appended | T>({ kind: "no-such-mailbox" })
      const other = await first?.(change)
      if (other !== undefined) return new Undone<Appended | T>(other)
      const { usedBytes, quotaBytes } = change.state
      if (quotaBytes !== null && usedBytes + bytes > quotaBytes)
        return new Undone<Appended | T>({ kind: "over-quota" })
      const uids = await writeMessages(parts, change, target.id, prepared, bodyIds)
      return { kind: "appended", uidValidity: target.uidValidity, uids }
    },
    // Bodies need no numbers: they are written while no other mail of the account waits.
    async tx => writeBodies(store, tx, messagesOf(prepared), bodyIds, chance),
  )
}

const messagesOf = (prepared: readonly Prepared[]) => prepared.map(({ message }) => message)

/** A look before much is written in vain; what counts is asked again under the lock. */
async function lookAhead(
  { store, account, names }: AccountParts,
  to: string,
  bytes: number,
  permit: Permit<"mail.organise">,
): Promise<Exclude<Appended, { readonly kind: "appended" }> | MailboxInfo> {
  const [row] = await store.sql<{ left: number | null }[]>`
    select (quota_bytes - used_bytes)::bigint as left from mail_state where account_id = ${account}`
  if (row?.left != null && bytes > row.left) return { kind: "over-quota" }
  const name = canonicalName(to)
  const mailboxes = await mailboxesOf(store, account, names)
  return mailboxes.find(mailbox => mailbox.name.open(permit) === name) ?? { kind: "no-such-mailbox" }
}
