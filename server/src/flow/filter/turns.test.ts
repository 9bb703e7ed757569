import assert from "node:assert/strict"
import { test } from "node:test"
import { type AccountId, asId } from "../../store/ids.ts"
import { createTurns } from "./turns.ts"

const [anna, ben, carla] = [asId<AccountId>(1), asId<AccountId>(2), asId<AccountId>(3)]

/** Work that ends when it is told to. */
function work(said: string[], name: string) {
  const ended = Promise.withResolvers<void>()
  return {
    end: ended.resolve,
    async run() {
      said.push(`${name} begins`)
      await ended.promise
      said.push(`${name} ends`)
    },
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

test("messages for one account come one after the other, in their order; others wait for nothing", async () => {
  const inTurn = createTurns()
  const said: string[] = []
  const [first, second, third, other] = ["first", "second", "third", "other"].map(name => work(said, name))
  assert.ok(first && second && third && other)
  // In a circle: each waits for those before it alone.
  const all = [
    inTurn([anna, ben], first.run),
    inTurn([ben, carla], second.run),
    inTurn([carla, anna], third.run),
    inTurn([], other.run),
  ]
  await settled()
  assert.deepEqual(said, ["other begins", "first begins"])
  for (const one of [other, first, second, third]) {
    one.end()
    await settled()
  }
  await Promise.all(all)
  assert.deepEqual(said.slice(2), [
    ...["other ends", "first ends", "second begins", "second ends", "third begins", "third ends"],
  ])
})

test("work that fails holds up nobody", async () => {
  const inTurn = createTurns()
  const failing = inTurn([anna], async () => {
    throw new Error("no store")
  })
  const next = inTurn([anna], async () => "done")
  await assert.rejects(failing, /no store/)
  assert.equal(await next, "done")
})
