/** The change log is kept for 30 days; older states of a client start afresh. */
import type { Clock } from "../ports/clock.ts"
import type { Store } from "../store/index.ts"

const changeDays = 30
const batchRows = 10_000

/**
 * Deletes in small steps, so that no mail waits behind it, and each step says in mail_state up to where the log of an
 * account is no longer whole. Accounts are locked in the order of their ids, as by those who write mail. Resolves with
 * the number of rows.
 */
export async function dropOldChanges(store: Pick<Store, "sql">, clock: Clock): Promise<number> {
  const before = new Date(clock.now() - changeDays * 24 * 60 * 60 * 1000)
  let dropped = 0
  for (;;) {
    const [step] = await store.sql<{ dropped: number }[]>`
      with old as materialized (
        select ctid, account_id, modseq from change where at < ${before} limit ${batchRows}
      ), locked as materialized (
        select account_id from mail_state where account_id in (select account_id from old)
        order by account_id for update
      ), floors as (
        update mail_state s set change_floor = greatest(s.change_floor, o.newest)
        from (select account_id, max(modseq) as newest from old join locked using (account_id) group by account_id) o
        where s.account_id = o.account_id
      ), gone as (
        delete from change where ctid = any(array(select ctid from old)) returning 1
      )
      select count(*)::bigint as dropped from gone`
    const count = step?.dropped ?? 0
    dropped += count
    if (count < batchRows) return dropped
  }
}
