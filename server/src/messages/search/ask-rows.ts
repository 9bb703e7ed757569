/**
 * Asks the database which messages a filter lets through. What belongs to the mailbox and what belongs to the email
 * are asked for apart and brought together here: a join of both, planned without its values, costs ten times as much.
 * The queries are constants, so that they are planned once; each answers with one array of numbers, which costs a
 * tenth of as many rows.
 */
import type { AccountId, Fields, MailboxId, ModSeq, QueryValue, Store } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { Snapshot } from "../mail.ts"
import type { Finder, Places } from "./places.ts"
import type { RowFilter, Span } from "./row-filter.ts"

export interface Rows {
  readonly store: Pick<Store, "ask" | "sql">
  readonly account: AccountId
  readonly mailbox: MailboxId
  readonly snapshot: Pick<Snapshot, "uids" | "emails">
  readonly finder: Finder
}

/** Emails that are asked for one by one; of more, all between the first and the last are looked at. */
const fewEmails = 1_000

/** Words parted by spaces come as numbers of their characters: queries take no text. */
const words = (parameter: string): string => `coalesce(string_to_array((
    select string_agg(chr(c.code::int), '' order by c.place)
    from unnest(${parameter}::bigint[]) with ordinality c(code, place)), ' '), '{}')`

const instant = (parameter: string): string =>
  `timestamptz 'epoch' + ${parameter}::bigint * interval '1 millisecond'`

const uidsOf = `
  select coalesce(array_agg(o.uid), '{}') from (
    select m.uid from membership m
    where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid between $3::bigint and $4::bigint
      and m.modseq between $5::bigint and $6::bigint
      and m.saved_at >= ${instant("$7")} and m.saved_at < ${instant("$8")}
      and ($9::bigint = -1 or m.deleted = ($9::bigint = 1))
    order by m.uid) o`

const emailsOf = (which: string): string => `
  select coalesce(array_agg(o.email_id), '{}') from (
    select e.email_id from email e
    where e.account_id = $1::bigint and ${which}
      and e.size between $4::bigint and $5::bigint
      and e.received_at >= ${instant("$6")} and e.received_at < ${instant("$7")}
      and ($8::bigint = 0 or e.thread_id = $8::bigint)
      and e.keywords @> ${words("$9")} and not e.keywords && ${words("$10")}
    order by e.email_id) o`

const emailsBetween = emailsOf("e.email_id between $2::bigint and $3::bigint")
const emailsAmong = emailsOf("e.email_id = any($2::bigint[]) and $3::bigint = 0")

const newestOf = `
  select coalesce(max(m.modseq), 0) from membership m
  where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid = any($3::bigint[])`

const readNumbers = (fields: Fields): Float64Array => fields.int8s()

/** Those of `among` that the filter lets through. */
export async function askRows(rows: Rows, filter: RowFilter, among: Places): Promise<Places> {
  const nothing = among.without(among)
  // A keyword is an atom (RFC 9051 §9): nothing else is on any message.
  if (filter.never || [...filter.keywords].some(isNoAtom)) return nothing
  let left = among
  if (filter.deleted !== undefined || isBounded(filter.saved) || isBounded(filter.modseq))
    left = left.and(await byMembership(rows, filter, left))
  const needsEmail =
    filter.keywords.size + filter.withoutKeywords.size > 0 ||
    filter.thread !== undefined ||
    isBounded(filter.size) ||
    isBounded(filter.received)
  return needsEmail && !left.isEmpty ? left.and(await byEmail(rows, filter, left)) : left
}

async function byMembership(rows: Rows, filter: RowFilter, among: Places): Promise<Places> {
  const { store, account, mailbox, snapshot, finder } = rows
  const { first = 0, last = 0 } = among.ends() ?? {}
  const values: readonly QueryValue[] = [
    ...[account, mailbox, snapshot.uids[first] ?? 0, snapshot.uids[last] ?? 0],
    ...numbers(filter.modseq),
    ...instants(filter.saved),
    filter.deleted === undefined ? -1 : Number(filter.deleted),
  ]
  const [uids = []] = await store.ask(store.sql, uidsOf, values, readNumbers)
  return finder.ofUids(uids)
}

async function byEmail(rows: Rows, filter: RowFilter, among: Places): Promise<Places> {
  const { store, account, snapshot, finder } = rows
  const few = among.count <= fewEmails
  const { from = 0, to = 0 } = finder.emailSpan(among) ?? {}
  const which = few
    ? [Array.from(among.list(), place => snapshot.emails[place] ?? 0).sort((one, other) => one - other), 0]
    : [from, to]
  const values: readonly QueryValue[] = [
    account,
    ...which,
    ...numbers(filter.size),
    ...instants(filter.received),
    filter.thread ?? 0,
    codesOf(filter.keywords),
    codesOf(new Set([...filter.withoutKeywords].filter(keyword => !isNoAtom(keyword)))),
  ]
  const [found = []] = await store.ask(store.sql, few ? emailsAmong : emailsBetween, values, readNumbers)
  return finder.ofEmails(found)
}

/** The newest change of these messages; 0 where none of them is there. */
export async function newestModSeq(
  { store, account, mailbox }: Pick<Rows, "store" | "account" | "mailbox">,
  uids: Uint32Array,
): Promise<ModSeq> {
  const read = (fields: Fields): ModSeq => asId<ModSeq>(fields.int8())
  const [newest] = await store.ask(store.sql, newestOf, [account, mailbox, [...uids]], read)
  return newest ?? asId(0)
}

function isBounded(span: Span): boolean {
  return Number.isFinite(span.least) || Number.isFinite(span.most)
}

/** Whole numbers that the database knows; what is beyond is as far as they go. */
function numbers({ least, most }: Span): [number, number] {
  return [within(least, 0, Number.MAX_SAFE_INTEGER), within(most, -1, Number.MAX_SAFE_INTEGER)]
}

/** Milliseconds from the year 4713 before Christ, where the database's own time begins, to 200,000 years on. */
const earliest = -210_000_000_000_000
const latest = 6_300_000_000_000_000

/** Both bounds of a time: from, and before. */
function instants({ least, most }: Span): [number, number] {
  return [within(least, earliest, latest), within(most + 1, earliest, latest)]
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}

function codesOf(keywords: ReadonlySet<string>): number[] {
  return Array.from([...keywords].join(" "), character => character.codePointAt(0) ?? 0)
}

function isNoAtom(keyword: string): boolean {
  return !/^[\x21-\x7e]+$/.test(keyword)
}
