/** The history of what a person sent, in their live session. */
import { type Personal, personal } from "../../privacy/index.ts"
import type { AccountId, Sql, Store } from "../../store/index.ts"
import { openSealed, type SealedThing, VaultError, type VaultSession } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { readEvent, readFacts, type SentEvent, type SentFacts } from "./facts.ts"
import { eventAt, sentAt } from "./places.ts"
import { REPORTED_FROM } from "./record-sent.ts"

type Sealed<T> = Personal<"user.communications.outgoing", T> | undefined

export interface SentMail {
  readonly mail: MailId
  /** When it could first be sent. */
  readonly at: Date
  /** Undefined where this sign-in does not open it: from before a reset, or altered. */
  readonly facts: Sealed<SentFacts>
  /** In their order, what others report last; those that do not open are undefined, too. */
  readonly events: readonly { readonly at: Date; readonly event: Sealed<SentEvent> }[]
}

/** Messages of one page of what had its time. */
export const SENT_PAGE = 100
/** Of what waits for its time; nothing of it was tried, so there is less to say of each. */
export const WAITING_PAGE = 1000
/**
 * Events that one page holds together: those of a message to many that is put off for days. The oldest come first; what
 * others report, of which strangers can make many, comes after all that was tried.
 */
const EVENTS_OF_A_PAGE = 10_000

/** Later than whatever is in a column of times. */
const endOfTime = new Date("9999-01-01T00:00:00Z")

/** Where a page ends, and the next begins. */
export type PlaceInSent = Pick<SentMail, "mail" | "at">

export interface SentPage {
  readonly mails: readonly SentMail[]
  /** There is a next page, behind the last of these. */
  readonly hasMore: boolean
}

interface MailRow {
  readonly mail_id: MailId
  readonly at: Date
  readonly seal_key_id: number
  readonly data: Buffer
}

interface EventRow extends MailRow {
  readonly event_id: number
}

/**
 * What had its time, or was taken back or taken out before it; newest first, at most SENT_PAGE. `before`: the last one of the
 * page before. What waits is not among it, so that any number of messages with a time to send hides none of these.
 */
export async function readSent(
  { sql }: Pick<Store, "sql">,
  session: VaultSession,
  before?: PlaceInSent,
): Promise<SentPage> {
  const { account } = session
  const mails = await sql<MailRow[]>`
    select mail_id, at, seal_key_id, data from sent_mail s
    where account_id = ${account} and (at, mail_id) < (${before?.at ?? endOfTime}::timestamptz, ${before?.mail ?? 0})
      and not exists (select from queued_mail q
        where q.account_id = s.account_id and q.mail_id = s.mail_id and q.not_before > clock_timestamp())
    order by at desc, mail_id desc limit ${SENT_PAGE + 1}`
  return await pageOf(sql, session, mails, SENT_PAGE)
}

/** What waits for its time, and can be taken back; the next to go first, at most WAITING_PAGE. `after`: as `before` there. */
export async function readWaiting(
  { sql }: Pick<Store, "sql">,
  session: VaultSession,
  after?: PlaceInSent,
): Promise<SentPage> {
  const mails = await sql<MailRow[]>`
    select mail_id, s.at, s.seal_key_id, s.data from sent_mail s join queued_mail q using (account_id, mail_id)
    where account_id = ${session.account} and q.not_before > clock_timestamp()
      and (s.at, mail_id) > (${after?.at ?? new Date(0)}::timestamptz, ${after?.mail ?? 0})
    order by s.at, mail_id limit ${WAITING_PAGE + 1}`
  return await pageOf(sql, session, mails, WAITING_PAGE)
}

async function pageOf(
  sql: Sql,
  session: VaultSession,
  rows: readonly MailRow[],
  length: number,
): Promise<SentPage> {
  return { mails: await open(sql, session, rows.slice(0, length)), hasMore: rows.length > length }
}

/** One of them; undefined where the account has no such, or has it no more. */
export async function findSent(
  { sql }: Pick<Store, "sql">,
  session: VaultSession,
  mail: MailId,
): Promise<SentMail | undefined> {
  const mails = await sql<MailRow[]>`
    select mail_id, at, seal_key_id, data from sent_mail
    where account_id = ${session.account} and mail_id = ${mail}`
  const [found] = await open(sql, session, mails)
  return found
}

async function open(
  sql: Sql,
  session: VaultSession,
  mails: readonly MailRow[],
): Promise<readonly SentMail[]> {
  const { account } = session
  const rows = await eventsOf(sql, account, mails)
  const keys = await session.sealKeys([...mails, ...rows].map(row => row.seal_key_id))
  const opened = <T>(row: MailRow, place: SealedThing, read: (plain: Buffer) => T): Sealed<T> => {
    const key = keys.get(row.seal_key_id)
    if (key === undefined) return undefined
    try {
      return personal("user.communications.outgoing", read(openSealed(key, place, row.data)), account)
    } catch (error) {
      // Somebody wrote it in the database: the person is shown that there is something, and not what.
      if (error instanceof VaultError) return undefined
      throw error
    }
  }
  const events = Map.groupBy(rows, row => row.mail_id)
  return mails.map(row => ({
    mail: row.mail_id,
    at: row.at,
    facts: opened(row, sentAt(account, row.mail_id), readFacts),
    events: (events.get(row.mail_id) ?? []).map(each => ({
      at: each.at,
      event: opened(each, eventAt(account, each.mail_id, each.event_id), readEvent),
    })),
  }))
}

async function eventsOf(
  sql: Sql,
  account: AccountId,
  mails: readonly MailRow[],
): Promise<readonly EventRow[]> {
  return await sql<EventRow[]>`
    select mail_id, event_id, at, seal_key_id, data from sent_event
    where account_id = ${account} and mail_id = any(${mails.map(row => row.mail_id)}::bigint[])
    order by event_id >= ${REPORTED_FROM}, at, event_id limit ${EVENTS_OF_A_PAGE}`
}
