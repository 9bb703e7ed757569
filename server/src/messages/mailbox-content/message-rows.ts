/** What a mailbox shows of its messages without opening them, in pages. */
import type { AccountId, Fields, MailboxId, ModSeq, Sql, Store, Tx } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { MessageRow, UidRange } from "../mail.ts"
import { firsts, lasts, rangesBehind } from "../uid-ranges.ts"

/** Of a page. */
const pageRows = 512
/** Ranges that one question names: each may cost a look. */
const pageRanges = 512

/** Of rows `m` of membership and `e` of email, as `readMessageRow` reads them. */
export const messageColumns = `m.uid, m.email_id, e.thread_id, m.modseq, e.size, e.received_at, m.saved_at,
  e.keywords, m.deleted, e.body_id`

export function readMessageRow(fields: Fields): MessageRow {
  return {
    uid: asId(fields.int8()),
    email: asId(fields.int8()),
    thread: asId(fields.int8()),
    modseq: asId(fields.int8()),
    size: fields.int8(),
    receivedAt: fields.timestamptz(),
    savedAt: fields.timestamptz(),
    keywords: fields.texts(),
    deleted: fields.bool(),
    body: fields.uuid(),
  }
}

/**
 * Each range is read in its own order and no further than a page, so that a page never costs a whole mailbox. `+ 0`
 * keeps the planner from the index by modseq, where it would sort all that is newer for each page.
 */
const onePage = `
  select ${messageColumns}
  from unnest($3::bigint[], $4::bigint[]) r(first, last)
  cross join lateral (
    select * from membership m
    where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid between r.first and r.last
      and m.modseq + 0 > $5::bigint
    order by m.uid limit $6::bigint) m
  join email e on e.account_id = m.account_id and e.email_id = m.email_id
  order by m.uid limit $6::bigint`

/** Ascending by UID. */
export async function* messageRows(
  store: Pick<Store, "ask">,
  where: Sql | Tx,
  account: AccountId,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  changedSince: ModSeq = asId(0),
): AsyncGenerator<readonly MessageRow[]> {
  for (let left = ranges; left.length > 0; ) {
    const asked = firstPage(left)
    const values = [account, mailbox, firsts(asked), lasts(asked), changedSince, pageRows]
    const rows = await store.ask(where, onePage, values, readMessageRow)
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    const isWhole = last === undefined || rows.length < pageRows
    left = isWhole ? left.slice(asked.length) : rangesBehind(left, last.uid)
  }
}

/** As many ranges as can fill a page. */
function firstPage(ranges: readonly UidRange[]): readonly UidRange[] {
  let count = 0
  let uids = 0
  for (const { first, last } of ranges) {
    if (count === pageRanges || uids >= pageRows) break
    uids += last - first + 1
    count++
  }
  return ranges.slice(0, count)
}
