/**
 * Is every message in the index? Counting tells quickly, and mostly yes; if not, a comparison names those that are
 * missing: rows were lost or damaged. They are then made again of the messages (rebuild.ts).
 */

import type { AccountId } from "../../store/index.ts"
import { asId, type EmailId, type Store } from "../../store/index.ts"
import type { SegmentList } from "./segment-list.ts"

type Reading = Pick<Store, "ask" | "sql">

const counts = `
  select coalesce((select version from idx_list where account_id = $1::bigint), 0),
    coalesce((select messages from mail_state where account_id = $1::bigint), 0),
    (select count(*) from idx_entry where account_id = $1::bigint),
    (select coalesce(sum(docs), 0)::bigint from idx_segment where account_id = $1::bigint),
    (select count(*) from idx_tombstone where account_id = $1::bigint)`

/** One statement, so all of the same moment: `version` is that of the list of segments then. No email is counted. */
export async function countMessages(
  store: Reading,
  account: AccountId,
): Promise<{ readonly version: number; readonly addsUp: boolean }> {
  const [found] = await store.ask(store.sql, counts, [account], fields => ({
    version: fields.int8(),
    emails: fields.int8(),
    entries: fields.int8(),
    docs: fields.int8(),
    gone: fields.int8(),
  }))
  if (found === undefined) throw new Error("a count without an answer")
  const { version, emails, entries, docs, gone } = found
  return { version, addsUp: emails === entries + docs - gone }
}

const someEmails = `
  select e.email_id from email e
  where e.account_id = $1::bigint and e.email_id > $2::bigint
    and not exists (select from idx_entry i where i.account_id = e.account_id and i.id = e.email_id)
  order by e.email_id limit $3::bigint`
const emailsAtOnce = 10_000

/**
 * Messages without an entry that no segment of the list holds, ascending. Those in the range of a segment that this
 * session does not read count as held by it.
 */
export async function findUncovered(
  store: Reading,
  account: AccountId,
  list: SegmentList,
): Promise<readonly EmailId[]> {
  const uncovered: EmailId[] = []
  for (let after = 0; ; ) {
    const emails = await store.ask(store.sql, someEmails, [account, after, emailsAtOnce], fields =>
      fields.int8(),
    )
    for (const email of emails) if (!isHeld(list, email)) uncovered.push(asId<EmailId>(email))
    after = emails.at(-1) ?? 0
    if (emails.length < emailsAtOnce) return uncovered
  }
}

export function isHeld({ segments }: SegmentList, email: number): boolean {
  const segment = segments.find(({ lo, hi }) => lo <= email && email <= hi)
  if (segment?.kind === "open") return placeOf(segment.root.emails, email) !== -1
  return segment?.kind === "closed"
}

/** Its ordinal, or -1. */
export function placeOf(emails: Float64Array, email: number): number {
  let [from, to] = [0, emails.length - 1]
  while (from <= to) {
    const middle = (from + to) >> 1
    const found = emails[middle] ?? 0
    if (found === email) return middle
    if (found < email) from = middle + 1
    else to = middle - 1
  }
  return -1
}

/** Tombstones of messages that no segment can hold: they were deleted while the index lacked them. */
export async function dropStrayTombstones(store: Pick<Store, "sql">, account: AccountId): Promise<void> {
  await store.sql`
    delete from idx_tombstone t where t.account_id = ${account} and not exists (
      select from idx_segment s where s.account_id = t.account_id and t.id between s.lo and s.hi)`
}
