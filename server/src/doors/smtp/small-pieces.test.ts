import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createSmallPieces } from "./small-pieces.ts"

test("hands on all octets in order, in pieces that are not small but for few", () => {
  const sizes = fc.array(fc.oneof(fc.nat(20), fc.nat(3_000), fc.nat(9_000)), { maxLength: 200 })
  fc.assert(
    fc.property(sizes, list => {
      const out: Uint8Array[] = []
      const pieces = createSmallPieces(piece => out.push(piece))
      const all = list.map((size, at) => Buffer.alloc(size, at))
      for (const piece of all) pieces.add(piece)
      pieces.flush()
      const whole = Buffer.concat(all)
      assert.ok(Buffer.concat(out).equals(whole))
      const large = list.filter(size => size >= 4_096).length
      assert.ok(out.length <= 2 * large + 1 + whole.length / 8_000)
    }),
  )
})

test("passes a message that comes in one piece as it is", () => {
  const out: Uint8Array[] = []
  const pieces = createSmallPieces(piece => out.push(piece))
  const piece = Buffer.alloc(2_000, "x")
  pieces.add(piece)
  pieces.flush()
  assert.deepEqual(out, [piece])
})

test("does not keep a large buffer for a short view of it", () => {
  const out: Uint8Array[] = []
  const pieces = createSmallPieces(piece => out.push(piece))
  pieces.add(Buffer.alloc(60_000, "x").subarray(0, 10))
  pieces.flush()
  assert.equal(out[0]?.buffer.byteLength, 10)
})
