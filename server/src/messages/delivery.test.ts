import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { bodyChunkBytes, cutBody, sizeOf } from "./delivery.ts"

const chunk = bodyChunkBytes

for (const sizes of [
  [0],
  [],
  [1],
  [chunk],
  [chunk - 1, 1],
  [chunk, 1],
  [5, chunk, chunk],
  [3 * chunk],
  [1, 2, 3],
])
  test(`cuts ${JSON.stringify(sizes)} octets into full chunks and a last one`, () => {
    const parts = sizes.map((size, index) => Buffer.alloc(size, index + 1))
    const chunks = [...cutBody({ parts })]
    assert.ok(Buffer.concat(chunks.map(each => each.plain)).equals(Buffer.concat(parts)))
    assert.deepEqual(
      chunks.map(each => each.final),
      chunks.map((_, index) => index === chunks.length - 1),
    )
    for (const each of chunks.slice(0, -1)) assert.equal(each.plain.length, chunk)
    assert.equal(chunks.length, Math.max(1, Math.ceil(sizeOf({ parts }) / chunk)))
  })

test("loses nothing, however the message was cut before", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 6 }), sizes => {
      const parts = sizes.map((size, index) => Buffer.alloc(size, index))
      const whole = Buffer.concat([...cutBody({ parts })].map(each => each.plain))
      assert.ok(whole.equals(Buffer.concat(parts)))
    }),
    { numRuns: 30 },
  )
})
