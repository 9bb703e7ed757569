import assert from "node:assert/strict"
import { test } from "node:test"
import { day, openTestLater, putNow } from "../../flow/open-test-later.ts"
import { systemClock } from "../../ports/clock.ts"
import type { Claimed } from "../contract.ts"
import { createPutHere, type NotKeptHere, placesHere } from "./put-here.ts"

const nothing: NotKeptHere = { tried: new Map(), elsewhere: [] }

/** One message for Ben that is due, and who puts away what the test lets go. */
async function open(t: Parameters<typeof openTestLater>[0]) {
  const house = await openTestLater(t)
  await house.sendAt(systemClock.now() + day, ["ben@near.test"])
  await house.letPass(day)
  const [claimed] = await house.claim()
  assert.ok(claimed)
  const underWay: (() => void)[] = []
  const here = createPutHere({
    ...house,
    giveHere: () => new Promise(resolve => underWay.push(() => resolve(nothing))),
  })
  const begun = async (count: number): Promise<void> => {
    for (let turns = 0; underWay.length < count; turns += 1) {
      assert.ok(turns < 10_000, `${underWay.length} began`)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return { claimed, here, underWay, begun }
}

test("while all places are taken its domains are full, and what is brought counts until it is put away", async t => {
  const { claimed, here, underWay, begun } = await open(t)
  const brought = Array.from({ length: placesHere - 1 }, () => putNow(here, { ...claimed }))
  assert.deepEqual([here.held(), here.full()], [placesHere - 1, []])
  brought.push(putNow(here, { ...claimed }))
  assert.deepEqual([here.held(), here.full()], [placesHere, ["near.test"]])
  const elsewhere = claimed.recipients.map(({ isHere: _, ...recipient }) => recipient)
  const passing: Claimed = { ...claimed, recipients: elsewhere }
  assert.deepEqual(await putNow(here, passing), { tried: new Map(), elsewhere })
  await begun(placesHere)
  for (const end of underWay) end()
  await Promise.all(brought)
  assert.deepEqual([here.held(), here.full()], [0, []])
})

test("what waits for room in memory is called off at once, and holds up nobody after it", async t => {
  const { claimed, here, underWay, begun } = await open(t)
  const large = (): Claimed => ({ ...claimed, size: 60 * 1024 * 1024 })
  const leaving = new AbortController()
  const first = putNow(here, large())
  const second = here.put(large(), leaving.signal)
  const third = putNow(here, large())
  await begun(1)
  leaving.abort()
  assert.equal(await second, undefined)
  assert.equal(await here.put(large(), leaving.signal), undefined)
  assert.deepEqual([underWay.length, here.held()], [1, 2])
  underWay[0]?.()
  assert.deepEqual(await first, nothing)
  await begun(2)
  underWay[1]?.()
  assert.deepEqual(await third, nothing)
})
