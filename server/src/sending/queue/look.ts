/**
 * What those who run the server see of the queue. Counts are of nobody. Of one message, or of a list, they see sizes,
 * times and counts, and for which domain it is and why that does not take it, under a permit for support; for whom it is
 * there, and what it says, is shown to nobody.
 */
import { type Permit, type Personal, personal } from "../../privacy/index.ts"
import type { AccountId, Sql, Store } from "../../store/index.ts"
import type { MailId } from "../contract.ts"

export interface QueueCounts {
  readonly mails: number
  /** Those of them whose time has not come: they were given one, or can still be taken back. */
  readonly mailsForLater: number
  /** When the time came of the one among the others that waits longest. */
  readonly oldest: Date | null
  /** When the first of these goes. */
  readonly next: Date | null
  /** Recipients, each in one of these states; none where the time of their mail has not come, unless they are held. */
  readonly due: number
  readonly inHand: number
  readonly later: number
  readonly held: number
}

export async function countQueue({ sql }: Pick<Store, "sql">): Promise<QueueCounts> {
  const [mails] = await sql<Pick<QueueCounts, "mails" | "oldest" | "mailsForLater" | "next">[]>`
    select count(*) as mails,
      min(not_before) filter (where not_before <= now()) as oldest,
      count(*) filter (where not_before > now()) as "mailsForLater",
      min(not_before) filter (where not_before > now()) as next
    from queued_mail`
  const [recipients] = await sql<Pick<QueueCounts, "due" | "inHand" | "later" | "held">[]>`
    select count(*) filter (where not held and due_at <= now()) as due,
      count(*) filter (where not held and due_at > now() and lease is not null) as "inHand",
      count(*) filter (where not held and due_at > now() and lease is null and not_before <= now()) as later,
      count(*) filter (where held) as held
    from queued_recipient join queued_mail using (account_id, mail_id)`
  const none = { mails: 0, mailsForLater: 0, oldest: null, next: null, due: 0, inHand: 0, later: 0, held: 0 }
  return { ...none, ...mails, ...recipients }
}

/** Of a list, all recipients together. */
export interface QueuedFacts {
  readonly bytes: number
  readonly receivedAt: Date
  /** It is not tried before. */
  readonly notBefore: Date
  readonly expiresAt: Date
  readonly recipients: number
  readonly held: number
  readonly inHand: number
  /** The most that one of them was tried. */
  readonly attempts: number
  /** Of what is not held. */
  readonly dueAt: Date | null
}

export interface QueuedEntry {
  readonly account: AccountId
  readonly mail: MailId
  readonly facts: Personal<"user.communications.metadata", QueuedFacts>
}

interface ListRow {
  readonly account_id: AccountId
  readonly mail_id: MailId
  readonly size: number
  readonly received_at: Date
  readonly not_before: Date
  readonly expires_at: Date
  readonly recipients: number
  readonly held: number
  readonly in_hand: number
  readonly attempts: number
  readonly due_at: Date | null
}

const entriesOf = (sql: Sql, page: ReturnType<Sql>) => sql<ListRow[]>`
  select m.account_id, m.mail_id, m.size, m.received_at, m.not_before, m.expires_at, r.* from (${page}) m
  cross join lateral (
    select count(*) as recipients, count(*) filter (where held) as held,
      count(*) filter (where lease is not null and due_at > now()) as in_hand,
      max(attempts) as attempts, min(due_at) filter (where not held) as due_at
    from queued_recipient q where q.account_id = m.account_id and q.mail_id = m.mail_id) r
  order by m.received_at, m.mail_id`

/** The mails that have waited longest, whose they are; ids alone say nothing of anybody. */
export async function queuedAfter(
  { sql }: Pick<Store, "sql">,
  after: { readonly at: Date; readonly mail: MailId } | undefined,
  limit: number,
): Promise<readonly { readonly account: AccountId; readonly mail: MailId; readonly at: Date }[]> {
  return await sql<{ account: AccountId; mail: MailId; at: Date }[]>`
    select account_id as account, mail_id as mail, received_at as at from queued_mail
    where (received_at, mail_id) > (${after?.at ?? new Date(0)}, ${after?.mail ?? 0})
    order by received_at, mail_id limit ${limit}`
}

/** Of these, those that still wait; what is personal of them opens only where the permit is about their account. */
export async function showQueued(
  { sql }: Pick<Store, "sql">,
  mails: readonly MailId[],
  permit: Permit<"account.support">,
): Promise<readonly QueuedEntry[]> {
  permit.require()
  const rows = await entriesOf(
    sql,
    sql`select * from queued_mail where mail_id = any(${[...mails]}::bigint[])`,
  )
  return rows.map(row => ({
    account: row.account_id,
    mail: row.mail_id,
    facts: personal(
      "user.communications.metadata",
      {
        bytes: row.size,
        receivedAt: row.received_at,
        notBefore: row.not_before,
        expiresAt: row.expires_at,
        recipients: row.recipients,
        held: row.held,
        inHand: row.in_hand,
        attempts: row.attempts,
        dueAt: row.due_at,
      },
      row.account_id,
    ),
  }))
}
