import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestStore } from "../store/test-store.ts"
import { dropOldChanges } from "./retention.ts"

const day = 24 * 60 * 60 * 1000

test("drops changes older than 30 days, however many, and keeps the rest", async t => {
  const { sql } = await openTestStore(t)
  const now = Date.UTC(2026, 6, 1)
  const insert = (from: number, to: number, at: Date) => sql`
    insert into change (account_id, modseq, type, id, op, at)
    select 1, n, 1, n, 1, ${at} from generate_series(${from}::bigint, ${to}::bigint) n`
  await insert(1, 20_001, new Date(now - 30 * day - 1))
  await insert(20_002, 20_003, new Date(now - 30 * day))
  await insert(20_004, 20_004, new Date(now))

  assert.equal(await dropOldChanges({ sql }, { now: () => now }), 20_001)
  const left = await sql<{ modseq: number }[]>`select modseq from change order by modseq`
  assert.deepEqual(
    left.map(row => row.modseq),
    [20_002, 20_003, 20_004],
  )
  assert.equal(await dropOldChanges({ sql }, { now: () => now }), 0)
})
