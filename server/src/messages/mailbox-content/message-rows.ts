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
  store: Pick<Store, "ask" | "sql">,
  where: Sql | Tx,
  account: AccountId,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  changedSince: ModSeq = asId(0),
): AsyncGenerator<readonly MessageRow[]> {
  const read = (left: readonly UidRange[]): Promise<Page> =>
    readPage(store, where, account, mailbox, left, changedSince)
  // The next page is on its way while one is shown; not in a transaction, where others ask between.
  const ahead = where === store.sql
  for (let page = read(ranges); ; ) {
    const { rows, left } = await page
    if (left.length > 0 && ahead) {
      page = read(left)
      // It may fail while this one is shown; it is awaited in its turn.
      page.catch(() => undefined)
    }
    if (rows.length > 0) yield rows
    if (left.length === 0) return
    if (!ahead) page = read(left)
  }
}

interface Page {
  readonly rows: readonly MessageRow[]
  /** What is to be asked for behind them. */
  readonly left: readonly UidRange[]
}

async function readPage(
  store: Pick<Store, "ask">,
  where: Sql | Tx,
  account: AccountId,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  changedSince: ModSeq,
): Promise<Page> {
  const asked = firstPage(ranges)
  const values = [account, mailbox, firsts(asked), lasts(asked), changedSince, pageRows]
  const rows = await store.ask(where, onePage, values, readMessageRow)
  const last = rows.at(-1)
  const isWhole = last === undefined || rows.length < pageRows
  return { rows, left: isWhole ? ranges.slice(asked.length) : rangesBehind(ranges, last.uid) }
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
