import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import fc from "fast-check"
import { createThin, type OldCheckpoint, SWEEPS_EVERY_MS, superfluous } from "./old-checkpoints.ts"
import { openTestLedger, type TestLedger, told } from "./open-test-ledger.ts"

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const now = Date.parse("2026-03-04T12:00:00Z")
const every = (ms: number, from: number, to: number): OldCheckpoint[] =>
  Array.from({ length: Math.ceil((to - from) / ms) }, (_, index) => ({
    size: index + 1,
    at: from + index * ms,
  }))
const kept = (all: readonly OldCheckpoint[]) => {
  const gone = new Set(superfluous(all, now))
  return all.filter(each => !gone.has(each))
}

test("of the last day every checkpoint stays, then one an hour for 30 days, then one a day", () => {
  const left = kept(every(10 * minute, now - 40 * day, now))
  const aged = (from: number, to: number) => left.filter(({ at }) => now - at >= from && now - at < to).length
  assert.equal(aged(0, day), 6 * 24 - 1, "all of them, from the youngest of ten minutes on")
  assert.equal(aged(day + hour, 30 * day), 29 * 24 - 1)
  assert.equal(aged(30 * day + hour, 40 * day), 10)
  for (const { at } of left.filter(each => now - each.at > 31 * day))
    assert.match(new Date(at).toISOString(), /T23:50/, "the last of its day")
})

test("what stays once goes on to say the same: nothing that was kept alone in its hour or day goes", () => {
  const times = fc.uniqueArray(fc.integer({ min: now - 60 * day, max: now }), { maxLength: 200 })
  fc.assert(
    fc.property(times, at => {
      const all = at.toSorted((one, other) => one - other).map((each, size) => ({ size, at: each }))
      const left = kept(all)
      assert.deepEqual(kept(left), left)
      assert.deepEqual(left.at(-1), all.at(-1))
      const spans = (list: readonly OldCheckpoint[], span: number) =>
        new Set(list.map(one => Math.floor(one.at / span)))
      assert.deepEqual(spans(left, day), spans(all, day))
    }),
  )
})

/** Checkpoints as the server signs them, each over one event more. */
async function fill({ ledger, clock }: TestLedger, times: readonly number[]): Promise<void> {
  for (const at of times) {
    clock.at = at
    await ledger.recordNow(null, told)
    await ledger.flush()
  }
}
const sizesOf = async ({ store }: TestLedger): Promise<readonly number[]> =>
  (await store.sql<{ size: number }[]>`select size from ledger_checkpoint order by size`).map(row => row.size)

test("the sequencer thins what is old, a page at a step, and the ledger stays whole", async t => {
  const house = await openTestLedger(t)
  // Three in one day a month and a half ago, two in one hour yesterday, and now.
  const [old, yesterday] = [now - 45 * day, now - 29 * hour]
  await fill(house, [old, old + hour, old + 2 * hour, yesterday, yesterday + minute])
  await fill(house, [now, now + SWEEPS_EVERY_MS])
  assert.deepEqual(await sizesOf(house), [3, 5, 6, 7])
  assert.deepEqual((await house.ledger.verify()).faults, [])
  const again = await house.node()
  await again.recordNow(null, told)
  await again.flush()
  assert.deepEqual((await again.verify()).faults, [])
})

test("a sweep goes through the whole table in pages, and then rests", async t => {
  const house = await openTestLedger(t)
  const times = Array.from({ length: 30 }, (_, index) => now - 3 * day + index * 6 * minute)
  for (const [index, at] of [...times, now].entries())
    await house.store.owner`insert into ledger_checkpoint values (${index + 1}, 'a note', ${new Date(at)})`
  const thin = createThin(house.store.sql, 8)
  const removed: number[] = []
  for (let step = 0; step < 6; step++) removed.push(await thin(now))
  assert.ok(
    removed.every(each => each <= 7),
    removed.join(),
  )
  assert.deepEqual(await sizesOf(house), [10, 20, 30, 31])
  await house.store.owner`insert into ledger_checkpoint values (11, 'a note', ${new Date(times[11] ?? 0)})`
  assert.equal(await thin(now + SWEEPS_EVERY_MS / 2), 0, "it rests")
  assert.equal(await thin(now + SWEEPS_EVERY_MS), 1)
  assert.deepEqual(await sizesOf(house), [10, 20, 30, 31])
})

/** Of rows as whoever writes the database can make them, by the database's own clock. */
async function withRows(t: TestContext, rows: readonly (readonly [size: number, age: number])[]) {
  const house = await openTestLedger(t)
  for (const [size, age] of rows)
    await house.store.owner`
      insert into ledger_checkpoint values (${size}, 'a note', now() - ${age / hour} * interval '1 hour')`
  const removed = async (sizes: readonly number[]): Promise<number | undefined> => {
    const [row] = await house.store.sql<{ n: number }[]>`
      select thin_checkpoints(${[...sizes]}::bigint[]) as n`
    return row?.n
  }
  return { ...house, removed, left: () => sizesOf(house) }
}

test("nobody has a checkpoint of the last day removed by it", async t => {
  const { store, removed, left } = await withRows(t, [
    [1, 2 * day],
    [2, 23 * hour],
    [3, 0],
  ])
  assert.equal(await removed([1, 2, 3]), 1)
  assert.deepEqual(await left(), [2, 3])
  await assert.rejects(async () => store.sql`delete from ledger_checkpoint where size = 2`, /42501|denied/)
})

test("a checkpoint that somebody dates far ahead makes none of the last day old", async t => {
  const { removed, left } = await withRows(t, [
    [1, 2 * day],
    [2, 23 * hour],
    [3, 0],
    [4, -14 * 365 * day],
  ])
  assert.equal(await removed([1, 2, 3, 4]), 1)
  assert.deepEqual(await left(), [2, 3, 4])
})

test("the newest stays however old it is, also where somebody puts one over more events than there are", async t => {
  const { store, removed, left } = await withRows(t, [
    [1, 9 * day],
    [2, 8 * day],
  ])
  await store.owner`insert into ledger_leaf (leaf, data, hash, created_at) values (0, 'x', 'x', now()), (1, 'y', 'y', now())`
  assert.equal(await removed([2]), 0)
  await store.sql`insert into ledger_checkpoint values (900, 'a note', now() - interval '7 days')`
  assert.equal(await removed([1, 2, 900]), 1)
  assert.deepEqual(await left(), [2, 900])
})

test("nobody but the server's role may have any removed", async t => {
  const { store } = await withRows(t, [])
  const [row] = await store.owner<{ all: boolean }[]>`
    select exists (select from pg_proc cross join aclexplode(coalesce(proacl, acldefault('f', proowner))) given
      where proname = 'thin_checkpoints' and given.grantee = 0) as all`
  assert.equal(row?.all, false)
})
