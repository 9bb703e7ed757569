import assert from "node:assert/strict"
import { test } from "node:test"
import { createBoundedMap } from "./bounded-map.ts"

test("forgets the entry used longest ago when it is full", () => {
  const map = createBoundedMap<string, number>(2)
  map.set("a", 1)
  map.set("b", 2)
  assert.equal(map.get("a"), 1)
  map.set("c", 3)
  assert.equal(map.get("b"), undefined)
  assert.equal(map.get("a"), 1)
  assert.equal(map.get("c"), 3)
  assert.equal(map.size, 2)
})

test("keeps one entry a key", () => {
  const map = createBoundedMap<string, number>(2)
  map.set("a", 1)
  map.set("a", 2)
  map.set("b", 3)
  assert.deepEqual([...map.values()], [2, 3])
  map.delete("a")
  assert.equal(map.size, 1)
  map.clear()
  assert.equal(map.size, 0)
})
