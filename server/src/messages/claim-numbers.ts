/** Takes the numbers that messages get, under the locks that keep them unique. */
import { type AccountId, asId, type MailboxId, type Tx, type Uid } from "../store/index.ts"
import { type Delivery, sizeOf } from "./delivery.ts"

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

/** Of one message in one mailbox. */
export interface Place {
  readonly mailbox: MailboxId
  readonly uid: Uid
  readonly deleted: boolean
}

/** Messages of one account that go to the same mailboxes. */
interface Want {
  readonly account: AccountId
  readonly into: Delivery["into"]
  n: number
  unseen: number
  bytes: number
}

/**
 * Takes UIDs; resolves to what hands them out: to each delivery of the group once, in their order. Where there is no
 * answer, the account has gone.
 */
export async function claimUids(
  tx: Tx,
  group: readonly Delivery[],
): Promise<(delivery: Delivery) => readonly Place[] | undefined> {
  const wants = new Map<string, Want>()
  for (const { account, into, parts, keywords } of group) {
    const key = wantKey(account, into)
    const want = wants.get(key) ?? { account, into, n: 0, unseen: 0, bytes: 0 }
    want.n++
    want.bytes += sizeOf({ parts })
    if (!keywords.includes("$seen")) want.unseen++
    wants.set(key, want)
  }
  const keys = [...wants.keys()]
  const rows = await ask(tx, [...wants.values()])
  const next = new Map<string, number>()
  for (const row of rows) next.set(`${row.account_id}/${row.mailbox_id}`, row.uid)
  const byWant = Map.groupBy(rows, row => keys[row.want])
  return ({ account, into }) =>
    byWant.get(wantKey(account, into))?.map(({ mailbox_id: mailbox, deleted }) => {
      const key = `${account}/${mailbox}`
      const uid = next.get(key) ?? 0
      next.set(key, uid + 1)
      return { mailbox, uid: asId<Uid>(uid), deleted: deleted === 1 }
    })
}

function wantKey(account: AccountId, into: Delivery["into"]): string {
  const names = into.map(one => `${one.kind === "role" ? one.role : one.mailbox}${one.deleted ? "-" : ""}`)
  return [account, ...names].join("/")
}

interface PlaceRow {
  /** From 0, in the order of the wants. */
  readonly want: number
  readonly account_id: AccountId
  readonly mailbox_id: MailboxId
  readonly deleted: 0 | 1
  /** The mailbox's first that is taken now. */
  readonly uid: number
}

async function ask(tx: Tx, wants: readonly Want[]): Promise<readonly PlaceRow[]> {
  const list = wants.flatMap(({ into, ...want }, no) => into.map(one => ({ ...want, one, no })))
  return await tx<PlaceRow[]>`
    with asked as (
      select a.*, coalesce(
        (select mailbox_id from mailbox m where m.account_id = a.account_id and m.mailbox_id = a.mailbox),
        (select mailbox_id from mailbox m where m.account_id = a.account_id and m.role = a.role),
        (select mailbox_id from mailbox m where m.account_id = a.account_id and m.role = 'inbox')) as mailbox_id
      from unnest(
        ${list.map(({ no }) => no)}::bigint[], ${list.map(({ account }) => account)}::bigint[],
        ${list.map(({ one }) => (one.kind === "mailbox" ? one.mailbox : 0))}::bigint[],
        ${list.map(({ one }) => (one.kind === "role" ? one.role : ""))}::text[],
        ${list.map(({ one }) => (one.deleted ? 1 : 0))}::bigint[], ${list.map(({ n }) => n)}::bigint[],
        ${list.map(({ unseen }) => unseen)}::bigint[], ${list.map(({ bytes }) => bytes)}::bigint[])
        with ordinality as a(want, account_id, mailbox, role, deleted, n, unseen, bytes, at)
    ), placed as (
      select want, account_id, mailbox_id, min(at) as at, min(deleted) as deleted, min(n) as n,
        min(unseen) as unseen, min(bytes) as bytes
      from asked group by want, account_id, mailbox_id
    ), total as (
      select account_id, mailbox_id, sum(n) as n, sum(unseen) as unseen, sum(bytes) as bytes,
        sum(n * deleted) as deleted
      from placed group by account_id, mailbox_id
    ), taken as (
      update mailbox m set
        uid_next = m.uid_next + t.n, total = m.total + t.n, unseen = m.unseen + t.unseen,
        deleted = m.deleted + t.deleted, bytes = m.bytes + t.bytes, modseq = s.modseq
      from total t join mail_state s using (account_id)
      where m.account_id = t.account_id and m.mailbox_id = t.mailbox_id
      returning m.account_id, m.mailbox_id, m.uid_next - t.n as uid
    )
    select p.want, p.account_id, p.mailbox_id, p.deleted, t.uid::bigint as uid
    from placed p join taken t on t.account_id = p.account_id and t.mailbox_id = p.mailbox_id
    order by p.at`
}
