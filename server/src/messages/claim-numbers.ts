/** Takes the numbers that messages get, under the locks that keep them unique. */
import type { AccountId, MailboxId, Tx } from "../store/index.ts"
import { type Delivery, sizeOf } from "./delivery.ts"
import type { MailboxRole } from "./mailboxes.ts"

export interface Numbers {
  modseq: number
  email: number
}

/** Locks the accounts and takes a modseq and an email id for each delivery: the first values not yet used. */
export async function claimNumbers(tx: Tx, group: readonly Delivery[]): Promise<Map<AccountId, Numbers>> {
  const wants = new Map<AccountId, { n: number; bytes: number }>()
  for (const { account, parts } of group) {
    const want = wants.get(account) ?? { n: 0, bytes: 0 }
    wants.set(account, { n: want.n + 1, bytes: want.bytes + sizeOf({ parts }) })
  }
  const accounts = [...wants.keys()]
  const counts = [...wants.values()]
  const rows = await tx<{ account_id: AccountId; modseq: number; email_next: number }[]>`
    with locked as materialized (
      select account_id from mail_state where account_id = any(${accounts}::bigint[]) order by account_id for update
    )
    update mail_state s set
      modseq = s.modseq + d.n, email_next = s.email_next + d.n,
      messages = s.messages + d.n, used_bytes = s.used_bytes + d.bytes
    from locked join unnest(${accounts}::bigint[], ${counts.map(c => c.n)}::bigint[], ${counts.map(c => c.bytes)}::bigint[])
      as d(account_id, n, bytes) using (account_id)
    where s.account_id = locked.account_id
    returning s.account_id, s.modseq - d.n as modseq, s.email_next - d.n as email_next`
  return new Map(rows.map(row => [row.account_id, { modseq: row.modseq, email: row.email_next }]))
}

export interface Place {
  readonly id: MailboxId
  uid: number
}

/** Takes UIDs; by `account/role`. Mail for a mailbox that its owner removed goes to the inbox. */
export async function claimUids(tx: Tx, group: readonly Delivery[]): Promise<Map<string, Place>> {
  interface Want {
    readonly account: AccountId
    readonly role: MailboxRole
    n: number
    unseen: number
    bytes: number
  }
  const wants = new Map<string, Want>()
  for (const { account, role, parts, keywords } of group) {
    const key = `${account}/${role}`
    const want = wants.get(key) ?? { account, role, n: 0, unseen: 0, bytes: 0 }
    want.n++
    want.bytes += sizeOf({ parts })
    if (!keywords.includes("$seen")) want.unseen++
    wants.set(key, want)
  }
  const list = [...wants.values()]
  const rows = await tx<{ account_id: number; role: string; mailbox_id: MailboxId; uid: number }[]>`
    with want as (
      select w.*, coalesce(
        (select mailbox_id from mailbox m where m.account_id = w.account_id and m.role = w.role),
        (select mailbox_id from mailbox m where m.account_id = w.account_id and m.role = 'inbox')) as mailbox_id
      from unnest(
        ${list.map(w => w.account)}::bigint[], ${list.map(w => w.role)}::text[], ${list.map(w => w.n)}::bigint[],
        ${list.map(w => w.unseen)}::bigint[], ${list.map(w => w.bytes)}::bigint[])
        as w(account_id, role, n, unseen, bytes)
    ), total as (
      select account_id, mailbox_id, sum(n) as n, sum(unseen) as unseen, sum(bytes) as bytes
      from want group by account_id, mailbox_id
    ), taken as (
      update mailbox m set
        uid_next = m.uid_next + t.n, total = m.total + t.n, unseen = m.unseen + t.unseen,
        bytes = m.bytes + t.bytes, modseq = s.modseq
      from total t join mail_state s using (account_id)
      where m.account_id = t.account_id and m.mailbox_id = t.mailbox_id
      returning m.account_id, m.mailbox_id, m.uid_next - t.n as uid
    )
    select w.account_id, w.role, w.mailbox_id, t.uid::bigint as uid
    from want w join taken t on t.account_id = w.account_id and t.mailbox_id = w.mailbox_id`
  const mailboxes = new Map<string, Place>()
  const places = new Map<string, Place>()
  for (const row of rows) {
    const key = `${row.account_id}/${row.mailbox_id}`
    const place = mailboxes.get(key) ?? { id: row.mailbox_id, uid: row.uid }
    mailboxes.set(key, place)
    places.set(`${row.account_id}/${row.role}`, place)
  }
  return places
}
