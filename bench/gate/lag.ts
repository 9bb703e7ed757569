/**
 * How long an event waits for its number and its signed checkpoint while mail comes in as fast as it goes: the age of
 * the oldest event that waits, read from the database again and again, and the events that were numbered meanwhile.
 */
import { setTimeout as wait } from "node:timers/promises"
import { type DatabaseDoor, openDatabase } from "../../fixtures/database.ts"
import type { BenchTable } from "../measure/result.ts"

/** Milliseconds from one look to the next: the figure may be too small by so much. */
const LOOK = 50

/** `load` runs meanwhile; `event` writes one event, again and again until the load is over. */
export async function measureLag(
  dataFolder: string,
  load: () => Promise<unknown>,
  event: (no: number) => Promise<unknown>,
): Promise<BenchTable> {
  const sql = openDatabase(dataFolder)
  try {
    const before = await leaves(sql)
    let isLoaded = false
    const loading = load().finally(() => {
      isLoaded = true
    })
    const eventing = (async () => {
      for (let no = 0; !isLoaded; no++) await event(no)
    })()
    let worst = 0
    let isOver = false
    const both = Promise.all([loading, eventing]).finally(() => {
      isOver = true
    })
    both.catch(() => undefined) // it is awaited below
    while (!isOver || (await oldest(sql)) > 0) {
      worst = Math.max(worst, await oldest(sql))
      await wait(LOOK)
    }
    await both
    const numbered = (await leaves(sql)) - before
    return {
      title: "From an event to the signed checkpoint that has it, at full load",
      columns: ["", "s"],
      rows: [
        [`longest wait of ${numbered} events`, worst],
        ["looked every", LOOK / 1_000],
      ],
    }
  } finally {
    await sql.end()
  }
}

async function oldest(sql: DatabaseDoor): Promise<number> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select extract(epoch from clock_timestamp() - min(created_at))::float8 as seconds from ledger_waiting`
  return row?.seconds ?? 0
}

async function leaves(sql: DatabaseDoor): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ledger_leaf`
  return row?.count ?? 0
}
