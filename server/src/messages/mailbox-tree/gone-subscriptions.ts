/**
 * Subscriptions whose mailbox has gone: a name stays subscribed until the person ends it (RFC 9051 §6.3.7), and a
 * mailbox that takes the name is subscribed again. A row is what was left of the mailbox: its id, which no other gets,
 * and its sealed name.
 *
 * Departs from RFC 9051 §6.3.7: of more than `mailboxLimits.goneSubscriptions` the oldest are forgotten.
 */
import { type MailContent, mailContent } from "../../privacy/index.ts"
import type { AccountId, MailboxId, Store } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { AccountChange } from "../change-account.ts"
import type { MailboxNames } from "./mailbox-names.ts"
import { mailboxLimits } from "./names.ts"

const everyName = `
  select mailbox_id, name_sealed from gone_subscription where account_id = $1::bigint order by mailbox_id`

/** In the order in which their mailboxes were made. */
export async function goneSubscriptionsOf(
  store: Pick<Store, "ask" | "sql">,
  account: AccountId,
  names: MailboxNames,
): Promise<readonly MailContent<string>[]> {
  return await store.ask(store.sql, everyName, [account], fields =>
    mailContent(names.open(asId<MailboxId>(fields.int4()), fields.bytea()), account),
  )
}

/** Of each name, the mailbox that it was the name of. */
export async function readGone(
  { tx, account }: AccountChange,
  names: MailboxNames,
): Promise<ReadonlyMap<string, MailboxId>> {
  const rows = await tx<{ mailbox_id: MailboxId; name_sealed: Buffer }[]>`
    select mailbox_id, name_sealed from gone_subscription where account_id = ${account}`
  return new Map(rows.map(row => [names.open(row.mailbox_id, row.name_sealed), row.mailbox_id]))
}

/** Of a mailbox that is about to be deleted. */
export async function keepSubscription({ tx, account }: AccountChange, mailbox: MailboxId): Promise<void> {
  await tx`
    insert into gone_subscription (account_id, mailbox_id, name_sealed)
    select account_id, mailbox_id, name_sealed from mailbox
    where account_id = ${account} and mailbox_id = ${mailbox} and subscribed`
  await tx`
    delete from gone_subscription where account_id = ${account} and mailbox_id in (
      select mailbox_id from gone_subscription where account_id = ${account}
      order by mailbox_id desc offset ${mailboxLimits.goneSubscriptions})`
}

export async function dropSubscriptions(
  { tx, account }: AccountChange,
  mailboxes: readonly MailboxId[],
): Promise<void> {
  if (mailboxes.length === 0) return
  await tx`
    delete from gone_subscription
    where account_id = ${account} and mailbox_id = any(${[...mailboxes]}::bigint[])`
}

/** Mailboxes have got these names: those that were subscribed are so again. */
export async function takeUpSubscriptions(
  change: AccountChange,
  names: MailboxNames,
  named: readonly { readonly id: MailboxId; readonly name: string }[],
): Promise<void> {
  const gone = await readGone(change, names)
  const taken = named.filter(({ name }) => gone.has(name))
  if (taken.length === 0) return
  await change.tx`
    update mailbox set subscribed = true
    where account_id = ${change.account} and mailbox_id = any(${taken.map(({ id }) => id)}::bigint[])`
  await dropSubscriptions(
    change,
    taken.flatMap(({ name }) => gone.get(name) ?? []),
  )
}
