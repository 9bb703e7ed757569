import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { systemChance } from "../../ports/chance.ts"
import { recordingLog } from "../../ports/log.ts"
import { manualTimer } from "../../ports/timer.ts"
import { LedgerBrokenError } from "./index.ts"
import { access, openTestLedger, type TestLedger, told } from "./open-test-ledger.ts"
import { createRecorder } from "./record.ts"
import { createWatch, LOOKS_AFTER_MS } from "./watch.ts"

/** What a process remembers of its events, and what it demands of the database that keeps them. */

/** A recorder of its own over the house's database, and its watch. */
function watched(house: TestLedger, limit?: number) {
  const [timer, log] = [manualTimer(), recordingLog()]
  const { clock, store } = house
  const watch = createWatch({ sql: store.sql, clock, timer, log, ...(limit === undefined ? {} : { limit }) })
  const recorder = createRecorder({
    ...house,
    chance: systemChance,
    onWritten: watch.remember,
  })
  return {
    recorder,
    watch,
    said: () => log.events.map(({ name, fields }) => ({ name, ...fields })),
    isWatching: () => timer.waiting > 0,
    /** Lets the time pass after which it looks, and the look end. */
    async look() {
      clock.at += LOOKS_AFTER_MS
      const ended = timer.waiting
      timer.pass(LOOKS_AFTER_MS)
      assert.equal(ended - timer.waiting, 1, "it did not look")
      await watch.looked()
    },
  }
}

/** As whoever owns the database would do it: with the detail, and the count as it was. */
async function takeOut({ store }: TestLedger, count: { events: number; mac: Buffer }): Promise<void> {
  await store.owner`delete from ledger_detail where leaf_hash in
    (select sha256(decode('00', 'hex') || data) from ledger_waiting)`
  await store.owner`delete from ledger_waiting`
  await store.owner`update ledger_count set events = ${count.events}, mac = ${count.mac}`
}

test("an event that is taken out with all its traces before it has its number is missed by who wrote it", async t => {
  const house = await openTestLedger(t)
  const { account } = await house.makePerson()
  const { recorder, look, said, watch, isWatching } = watched(house)
  await recorder.recordNow(account, access)
  await house.ledger.flush()
  const [count] = await house.store.sql<
    { events: number; mac: Buffer }[]
  >`select events, mac from ledger_count`
  assert(count)
  await recorder.recordNow(account, access)
  await recorder.recordNow(null, told)
  await takeOut(house, count)
  assert.deepEqual((await house.ledger.verify()).faults, [], "nothing in the database tells it")
  await look()
  assert.deepEqual(said(), [{ name: "ledger.event-lost", events: 2 }])
  assert.equal(watch.lost(), 2)
  assert.ok(!isWatching(), "what was said once is not sought again")
})

test("a ledger that saw an event lost says so when it is verified", async t => {
  const house = await openTestLedger(t)
  await house.ledger.recordNow(null, told)
  await house.store.owner`delete from ledger_waiting`
  house.clock.at += LOOKS_AFTER_MS
  house.timer.pass(LOOKS_AFTER_MS)
  const isSaid = () => house.log.events.some(event => event.name === "ledger.event-lost")
  for (let tries = 0; tries < 1_000 && !isSaid(); tries++) await wait(5)
  assert.deepEqual((await house.ledger.verify()).faults, [
    "Events that this server wrote were taken away before they had a number: 1.",
  ])
})

test("what waits is sought again, and what has its number is forgotten", async t => {
  const house = await openTestLedger(t)
  const { recorder, look, said, isWatching } = watched(house)
  await recorder.recordNow(null, told)
  await look()
  assert.ok(isWatching())
  await house.ledger.flush()
  await look()
  assert.ok(!isWatching())
  assert.deepEqual(said(), [])
})

test("an event whose action was undone is not sought", async t => {
  const house = await openTestLedger(t)
  const { recorder, isWatching } = watched(house)
  const undone = house.store.transaction(async tx => {
    await recorder.record(tx, null, told)
    throw new Error("undone")
  })
  await assert.rejects(undone, /undone/)
  assert.ok(!isWatching())
})

test("more events than it remembers are said to be unwatched", async t => {
  const house = await openTestLedger(t)
  const { recorder, look, said } = watched(house, 2)
  for (let event = 0; event < 5; event++) await recorder.recordNow(null, told)
  await look()
  assert.deepEqual(said(), [{ name: "ledger.events-unwatched", events: 3 }])
})

for (const [what, table, body] of [
  ["swallows what waits", "ledger_waiting", "return null"],
  ["swallows a detail", "ledger_detail", "return null"],
  ["rewrites what waits", "ledger_waiting", "new.data := new.data || '\\x0a'::bytea; return new"],
  ["rewrites a detail", "ledger_detail", "new.sealed := '\\x00'::bytea; return new"],
  ["swallows a count", "ledger_count", "return null"],
] as const)
  test(`an action is not done where a trigger ${what}`, async t => {
    const house = await openTestLedger(t)
    const { account } = await house.makePerson()
    await house.store.owner.unsafe(
      `create function meddle() returns trigger language plpgsql as $$ begin ${body}; end $$`,
    )
    await house.store.owner.unsafe(
      `create trigger meddling before insert or update on ${table} for each row execute function meddle()`,
    )
    await assert.rejects(house.ledger.recordNow(account, access), LedgerBrokenError)
    assert.equal((await house.store.sql`select from ledger_detail`).length, 0)
    assert.equal((await house.store.sql`select from ledger_waiting`).length, 0)
  })
