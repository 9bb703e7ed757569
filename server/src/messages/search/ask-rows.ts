/**
 * Asks the database for the UIDs that a filter lets through. The two queries are constants, so that they are planned
 * once; their answers are one array of numbers each, which costs a tenth of as many rows.
 */
import type { AccountId, Fields, MailboxId, ModSeq, QueryValue, Store } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { RowFilter, Span } from "./row-filter.ts"

interface Where {
  readonly store: Pick<Store, "ask" | "sql">
  readonly account: AccountId
  readonly mailbox: MailboxId
}

/** Words parted by spaces come as numbers of their characters: queries take no text. */
const words = (parameter: string): string => `coalesce(string_to_array((
    select string_agg(chr(c.code::int), '' order by c.place)
    from unnest(${parameter}::bigint[]) with ordinality c(code, place)), ' '), '{}')`

const instant = (parameter: string): string =>
  `timestamptz 'epoch' + ${parameter}::bigint * interval '1 millisecond'`

const ofMailbox = `m.account_id = $1::bigint and m.mailbox_id = $2::bigint
      and m.uid between $3::bigint and $4::bigint
      and m.modseq between $5::bigint and $6::bigint
      and m.saved_at >= ${instant("$7")} and m.saved_at < ${instant("$8")}
      and ($9::bigint = -1 or m.deleted = ($9::bigint = 1))`

const byMembership = `
  select coalesce(array_agg(o.uid), '{}') from (
    select m.uid from membership m where ${ofMailbox} order by m.uid) o`

const byEmail = `
  select coalesce(array_agg(o.uid), '{}') from (
    select m.uid from membership m
    join email e on e.account_id = m.account_id and e.email_id = m.email_id
    where ${ofMailbox}
      and e.size between $10::bigint and $11::bigint
      and e.received_at >= ${instant("$12")} and e.received_at < ${instant("$13")}
      and ($14::bigint = 0 or e.thread_id = $14::bigint)
      and e.keywords @> ${words("$15")} and not e.keywords && ${words("$16")}
    order by m.uid) o`

const newestOf = `
  select coalesce(max(m.modseq), 0) from membership m
  where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid = any($3::bigint[])`

/** Ascending. Only those from `first` to `last`. */
export async function askRows(
  { store, account, mailbox }: Where,
  filter: RowFilter,
  first: number,
  last: number,
): Promise<Float64Array> {
  // A keyword is an atom (RFC 9051 §9): nothing else is on any message.
  if (filter.never || [...filter.keywords].some(isNoAtom)) return new Float64Array()
  const values: QueryValue[] = [
    ...[account, mailbox, first, last],
    ...[clamped(filter.modseq.least, 0), clamped(filter.modseq.most, 0)],
    ...instants(filter.saved),
    filter.deleted === undefined ? -1 : Number(filter.deleted),
  ]
  const readUids = (fields: Fields): Float64Array => fields.int8s()
  const needsEmail =
    filter.keywords.size > 0 ||
    filter.withoutKeywords.size > 0 ||
    filter.thread !== undefined ||
    isBounded(filter.size) ||
    isBounded(filter.received)
  if (!needsEmail) {
    const [uids] = await store.ask(store.sql, byMembership, values, readUids)
    return uids ?? new Float64Array()
  }
  values.push(
    ...[clamped(filter.size.least, 0), clamped(filter.size.most, 0)],
    ...instants(filter.received),
    filter.thread ?? 0,
    codesOf(filter.keywords),
    codesOf(new Set([...filter.withoutKeywords].filter(keyword => !isNoAtom(keyword)))),
  )
  const [uids] = await store.ask(store.sql, byEmail, values, readUids)
  return uids ?? new Float64Array()
}

/** The newest change of these messages; 0 where none of them is there. */
export async function newestModSeq({ store, account, mailbox }: Where, uids: Uint32Array): Promise<ModSeq> {
  const read = (fields: Fields): ModSeq => asId<ModSeq>(fields.int8())
  const [newest] = await store.ask(store.sql, newestOf, [account, mailbox, [...uids]], read)
  return newest ?? asId(0)
}

function isBounded(span: Span): boolean {
  return Number.isFinite(span.least) || Number.isFinite(span.most)
}

/** Whole numbers that the database knows; what is beyond is as far as they go. */
function clamped(value: number, least: number): number {
  return Math.max(least, Math.min(Number.MAX_SAFE_INTEGER, value))
}

/** Milliseconds from the year 4713 before Christ, where the database's own time begins, to 200,000 years on. */
const earliest = -210_000_000_000_000
const latest = 6_300_000_000_000_000

/** Both bounds of a time: from, and before. */
function instants({ least, most }: Span): [number, number] {
  const within = (value: number): number => Math.max(earliest, Math.min(latest, value))
  return [within(least), within(most + 1)]
}

function codesOf(keywords: ReadonlySet<string>): number[] {
  return Array.from([...keywords].join(" "), character => character.codePointAt(0) ?? 0)
}

function isNoAtom(keyword: string): boolean {
  return !/^[\x21-\x7e]+$/.test(keyword)
}
