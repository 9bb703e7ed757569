import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"

const DAYS_KEPT = 30
const BATCH = 10_000

/** What became of a message is kept for 30 days. In small steps; resolves to the number of rows. */
export async function dropOldHistory(store: Pick<Store, "sql">, clock: Clock): Promise<number> {
  const before = new Date(clock.now() - DAYS_KEPT * 24 * 60 * 60 * 1000)
  let dropped = 0
  for (const table of ["sent_mail", "sent_event"])
    for (;;) {
      const gone = await store.sql`
        delete from ${store.sql(table)} where ctid = any(array(
          select ctid from ${store.sql(table)} where at < ${before} limit ${BATCH}))`
      dropped += gone.count
      if (gone.count < BATCH) break
    }
  return dropped
}
