import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createInHand } from "./in-hand.ts"

test("lets texts in as long as there is room, in turn, and one that is too large alone", async () => {
  const inHand = createInHand(100)
  const first = await inHand.take(60)
  const order: string[] = []
  const large = inHand.take(500).then(giveBack => {
    order.push("large")
    return giveBack
  })
  const small = inHand.take(10).then(giveBack => {
    order.push("small")
    return giveBack
  })
  await new Promise(setImmediate)
  assert.deepEqual(order, [], "what is small does not overtake what waits")
  first()
  const giveBackLarge = await large
  await new Promise(setImmediate)
  assert.deepEqual(order, ["large"])
  giveBackLarge()
  const giveBackSmall = await small
  giveBackSmall()
  const whole = await inHand.take(100)
  whole()
})

test("never holds more than the limit but for one alone, and serves everybody", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 40 }), async sizes => {
      const inHand = createInHand(100)
      const held = new Set<number>()
      let served = 0
      await Promise.all(
        sizes.map(async (size, at) => {
          const giveBack = await inHand.take(size)
          held.add(at)
          const sum = [...held].reduce((all, one) => all + (sizes[one] ?? 0), 0)
          assert.ok(
            sum <= 100 || held.size === 1 || [...held].filter(one => (sizes[one] ?? 0) > 0).length === 1,
          )
          await new Promise(setImmediate)
          held.delete(at)
          served += 1
          giveBack()
        }),
      )
      assert.equal(served, sizes.length)
    }),
    { numRuns: 50 },
  )
})
