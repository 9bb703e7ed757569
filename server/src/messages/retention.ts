/** The change log is kept for 30 days; older states of a client start afresh. */
import type { Clock } from "../ports/clock.ts"
import type { Store } from "../store/index.ts"

const changeDays = 30
const batchRows = 10_000

/** Deletes in small steps, so that no mail waits behind it. Resolves with the number of rows. */
export async function dropOldChanges(store: Pick<Store, "sql">, clock: Clock): Promise<number> {
  const before = new Date(clock.now() - changeDays * 24 * 60 * 60 * 1000)
  let dropped = 0
  for (;;) {
    const { count } = await store.sql`
      delete from change where ctid = any(array(select ctid from change where at < ${before} limit ${batchRows}))`
    dropped += count
    if (count < batchRows) return dropped
  }
}
