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

/** Messages of one page. */
export const SENT_PAGE = 100
/**
 * Events that one page holds together: those of a message to many that is put off for days. The oldest come first; what
 * others report, of which strangers can make many, comes after all that was tried.
 */
const EVENTS_OF_A_PAGE = 10_000

/** Later than whatever is in a column of times. */
const endOfTime = new Date("9999-01-01T00:00:00Z")

interface MailRow {
  readonly mail_id: MailId
  readonly at: Date
  readonly seal_key_id: number
  readonly data: Buffer
}

interface EventRow extends MailRow {
  readonly event_id: number
}

/** Newest first, at most SENT_PAGE; `before`: the last one of the page before. */
export async function readSent(
  { sql }: Pick<Store, "sql">,
  session: VaultSession,
  before?: Pick<SentMail, "mail" | "at">,
): Promise<readonly SentMail[]> {
  const { account } = session
  const mails = await sql<MailRow[]>`
    select mail_id, at, seal_key_id, data from sent_mail
    where account_id = ${account} and (at, mail_id) < (${before?.at ?? endOfTime}::timestamptz, ${before?.mail ?? 0})
    order by at desc, mail_id desc limit ${SENT_PAGE}`
  return await open(sql, session, mails)
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
