import assert from "node:assert/strict"
import { test } from "node:test"
import { minute, openTestQueue, wish } from "./open-test-queue.ts"
import { SILENT_TICKS } from "./presence.ts"

type House = Awaited<ReturnType<typeof openTestQueue>>

const workers = async ({ store }: House): Promise<number> =>
  (await store.sql`select from queue_worker`).length

/** As many ticks as it takes to miss somebody. Resolves to what the last one said. */
async function watchLong(queue: House["queue"], between?: () => Promise<unknown>): Promise<string> {
  let said = await queue.tick(false)
  for (let ticks = 0; ticks < SILENT_TICKS; ticks++) {
    await between?.()
    said = await queue.tick(false)
  }
  return said
}

test("what a dead worker had in hand is claimed anew long before its lease ends, and counts as tried", async t => {
  const house = await openTestQueue(t)
  const { queue, put, node } = house
  const anna = await house.addAccount()
  await put(anna, { to: ["a@far.test", "b@other.test"] })
  const dead = await node()
  const had = (await dead.claim(wish)).claimed
  assert.equal(had.length, 2)
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  assert.equal(await watchLong(queue), "freed")
  const again = (await queue.claim(wish)).claimed
  assert.deepEqual(
    again.map(({ mail, recipients }) => [mail, recipients[0]?.attempts]),
    had.map(({ mail }) => [mail, 1]),
  )
  assert.equal(await workers(house), 1)
})

test("one that beats keeps what it has, however long it takes", async t => {
  const house = await openTestQueue(t)
  const { queue, put, node } = house
  const anna = await house.addAccount()
  await put(anna)
  const slow = await node()
  const [held] = (await slow.claim(wish)).claimed
  assert.ok(held)
  for (let rounds = 0; rounds < 3; rounds++)
    assert.equal(await watchLong(queue, () => slow.tick(true)), "watching")
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  await house.settle({ claimed: held, no: 0, kind: "handed-over" })
  assert.equal((await house.store.sql`select from queued_mail`).length, 0)
})

test("a worker that was silent and then speaks starts from nothing, and another must miss it anew", async t => {
  const house = await openTestQueue(t)
  const { queue, put, node } = house
  const anna = await house.addAccount()
  await put(anna)
  const slow = await node()
  await slow.claim(wish)
  for (let ticks = 0; ticks < SILENT_TICKS; ticks++) await queue.tick(false)
  await slow.tick(true)
  for (let ticks = 0; ticks < SILENT_TICKS; ticks++) assert.equal(await queue.tick(false), "watching")
  assert.equal(await queue.tick(false), "freed")
})

test("whoever lost its mail to another and hands it over all the same settles it", async t => {
  const house = await openTestQueue(t)
  const { queue, put, node } = house
  const anna = await house.addAccount()
  await put(anna)
  const slow = await node()
  const [held] = (await slow.claim(wish)).claimed
  assert.ok(held)
  await watchLong(queue)
  const lost = { kind: "again", afterMs: 0, answer: { why: "refused", at: 0 }, toldOfDelay: false } as const
  await queue.claim(wish)
  assert.equal((await house.settle({ claimed: held, no: 0, ...lost })).length, 1)
  await house.settle({ claimed: held, no: 0, kind: "handed-over" })
  assert.equal((await house.store.sql`select from queued_mail`).length, 0)
})

test("a message of which workers die comes back later each time, and no later than its lease says", async t => {
  const house = await openTestQueue(t)
  const { queue, put, node, letPass } = house
  const anna = await house.addAccount()
  await put(anna)
  for (const seconds of [0, 30, 60, 90]) {
    await (await node()).claim(wish)
    assert.equal(await watchLong(queue), "freed")
    const due = await queue.nextDueIn()
    assert.ok(due !== undefined && due <= seconds * 1000 && due > (seconds - 20) * 1000, `${due} ms`)
    await letPass(seconds * 1000)
  }
  await house.store.sql`update queued_recipient set attempts = 1000, due_at = now(), lease = null`
  await (await node()).claim(wish)
  await watchLong(queue)
  const due = await queue.nextDueIn()
  assert.ok(due !== undefined && due <= 5 * minute)
})

test("nobody says anything while nothing is in hand", async t => {
  const house = await openTestQueue(t)
  const { queue, put, settle } = house
  const anna = await house.addAccount()
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  assert.equal(await queue.tick(false), "quiet")
  assert.equal(await workers(house), 0)
  await put(anna)
  const { claimed } = await queue.claim(wish)
  assert.equal(await workers(house), 1)
  assert.equal(await queue.tick(true), "watching")
  await settle(...claimed.map(one => ({ claimed: one, no: 0, kind: "handed-over" }) as const))
  assert.equal(await queue.tick(false), "quiet")
  assert.equal(await workers(house), 0)
})

test("a claim that comes while its worker is about to say nothing more is missed all the same", async t => {
  const house = await openTestQueue(t)
  const { queue, put } = house
  const anna = await house.addAccount()
  for (let rounds = 0; rounds < 20; rounds++) {
    await queue.tick(true)
    await put(anna)
    const [{ claimed }] = await Promise.all([queue.claim(wish), queue.tick(false)])
    assert.equal(claimed.length, 1)
    await queue.tick(true)
    assert.equal(await workers(house), 1)
  }
})
