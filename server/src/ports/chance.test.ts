import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "./chance.ts"

test("gives as many bytes as asked, never the same twice, and leaves what it gave alone", () => {
  const given: Buffer[] = []
  for (let round = 0; round < 2000; round++) given.push(systemChance.bytes(12 + (round % 53)))
  const before = given.map(bytes => bytes.toString("hex"))
  for (let round = 0; round < 2000; round++) systemChance.bytes(64)
  assert.deepEqual(
    given.map(bytes => bytes.toString("hex")),
    before,
  )
  assert.equal(new Set(given.map(bytes => bytes.toString("hex", 0, 12))).size, given.length)
  assert(given.every((bytes, round) => bytes.length === 12 + (round % 53)))
})

test("gives none and many", () => {
  assert.equal(systemChance.bytes(0).length, 0)
  assert.equal(systemChance.bytes(60_000).length, 60_000)
})
