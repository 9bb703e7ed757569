import assert from "node:assert/strict"
import { test } from "node:test"
import { createShelf, type ShelfLimits } from "./shelf.ts"

const limits: ShelfLimits = { pages: 3, octets: 1 << 20, atOnce: 2, perSecond: 1, burst: 100 }
const page = (text: string) => async () => ({ text, type: "text/plain" })
const clock = { now: () => 0 }

test("keeps so many pages, those that were asked for last", async () => {
  const shelf = createShelf(clock, limits)
  for (const key of ["a", "b", "c"]) await shelf.take(key, page(key))
  await shelf.take("a", page("made again"))
  await shelf.take("d", page("d"))
  const textOf = async (key: string) => {
    const taken = await shelf.take(key, page("made again"))
    return taken.kind === "found" ? taken.answer.body.toString() : taken.kind
  }
  assert.equal(await textOf("a"), "a")
  assert.equal(await textOf("d"), "d")
  assert.equal(await textOf("c"), "c")
  assert.equal(await textOf("b"), "made again")
})

test("keeps so many octets, whatever the pages are", async () => {
  const shelf = createShelf(clock, { ...limits, pages: 1000, octets: 10_000 })
  for (let at = 0; at < 50; at++) await shelf.take(`${at}`, page("x".repeat(1000)))
  let kept = 0
  for (let at = 49; at >= 0; at--) {
    await shelf
      .take(`${at}`, async () => {
        throw new Error("not kept")
      })
      .then(
        () => kept++,
        () => undefined,
      )
  }
  assert.ok(kept >= 5 && kept <= 10, `${kept}`)
  await shelf.take("large", page("y".repeat(20_000)))
  assert.equal(
    (await shelf.take("large", async () => undefined)).kind,
    "none",
    "what is larger than all is not kept",
  )
})

test("makes so many at once, and one page for all who ask for it meanwhile", async () => {
  const shelf = createShelf(clock, limits)
  const gate = Promise.withResolvers<void>()
  let made = 0
  const slow = async () => {
    made++
    await gate.promise
    return { text: "slow", type: "text/plain" }
  }
  const taken = ["a", "b", "a", "c", "b"].map(key => shelf.take(key, slow))
  assert.deepEqual(await taken[3], { kind: "busy" })
  gate.resolve()
  assert.deepEqual(
    (await Promise.all(taken)).map(one => one.kind),
    ["found", "found", "found", "busy", "found"],
  )
  assert.equal(made, 2)
})

test("what is said to pass is made again for whoever asks next", async () => {
  const shelf = createShelf(clock, limits)
  let made = 0
  const passing = async () => {
    made++
    return { text: `${made}`, type: "text/plain", isPassing: true } as const
  }
  for (const _ of [1, 2]) assert.equal((await shelf.take("a", passing)).kind, "found")
  assert.equal(made, 2)
})

test("what failed is not kept, and what is not there is", async () => {
  const shelf = createShelf(clock, limits)
  await assert.rejects(
    shelf.take("a", async () => Promise.reject(new Error("no database"))),
    /no database/,
  )
  assert.equal((await shelf.take("a", page("a"))).kind, "found")
  assert.equal((await shelf.take("b", async () => undefined)).kind, "none")
  assert.equal((await shelf.take("b", page("b"))).kind, "none")
})
