import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { gramsOf, mayHold, writeGrams } from "./gram-filter.ts"

test("a text that holds the needle is never left out, whatever the size of its bitmap", () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ minLength: 20_000, maxLength: 30_000 }),
  )
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 0, max: 12 }), (bytes, from, length) => {
      const start = from % (bytes.length + 1)
      const needle = bytes.subarray(start, start + length)
      assert.ok(mayHold(writeGrams(bytes), gramsOf(needle)))
    }),
  )
})

test("most texts that do not hold a word are left out, and small ones have small bitmaps", () => {
  const words = Array.from({ length: 6000 }, (_, at) => ((at * 48_271) % 2_147_483_647).toString(36))
  const bitmap = writeGrams(Buffer.from(words.join("\n")))
  const strange = Array.from({ length: 300 }, (_, at) => `${((at + 7) * 69_621).toString(36)}${at}zz`)
  const passed = strange.filter(word => mayHold(bitmap, gramsOf(Buffer.from(word))))
  assert.ok(passed.length < 60, `${passed.length} of 300`)
  assert.equal(writeGrams(Buffer.from("\nanna\nben\n")).length, 128)
  assert.deepEqual(gramsOf(Buffer.from("ab")), [])
})
