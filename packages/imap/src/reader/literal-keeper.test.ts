import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { smallPiece } from "./limits.ts"
import { keepLiteral } from "./literal-keeper.ts"

const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: smallPiece - 2, max: 3 * smallPiece })),
  {
    maxLength: 30,
  },
)

test("gives back the octets in their order, whatever the sizes of the pieces", () => {
  fc.assert(
    fc.property(sizes, lengths => {
      const pieces = lengths.map((length, at) => Buffer.alloc(length, at + 1))
      const whole = Buffer.concat(pieces)
      const keeper = keepLiteral(whole.length)
      for (const piece of pieces) keeper.add(piece)
      assert.equal(keeper.left, 0)
      assert.ok(Buffer.concat(keeper.pieces()).equals(whole))
    }),
  )
})

test("keeps a message of single octets in few pieces that are full", () => {
  const octets = 10 * smallPiece + 1
  const keeper = keepLiteral(octets)
  for (let at = 0; at < octets; at += 1) keeper.add(Buffer.of(at & 0xff))
  const pieces = keeper.pieces()
  assert.equal(pieces.length, 11)
  const memory = new Set(pieces.map(piece => piece.buffer))
  assert.equal(
    [...memory].reduce((sum, one) => sum + one.byteLength, 0),
    octets,
  )
})

test("copies a piece that would keep much more memory than its own", () => {
  const slab = Buffer.allocUnsafeSlow(1_000_000)
  const keeper = keepLiteral(2 * smallPiece)
  keeper.add(slab.subarray(500, 500 + 2 * smallPiece))
  assert.ok(keeper.pieces().every(piece => piece.buffer !== slab.buffer))
})
