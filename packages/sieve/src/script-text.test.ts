// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { scriptText } from "./index.ts"

function placeIn(bytes: Uint8Array): readonly number[] {
  const read = scriptText(bytes)
  return read.kind === "faulty" ? [read.fault.at.line, read.fault.at.column] : []
}

test("reads UTF-8, and leaves a byte order mark out", () => {
  assert.deepEqual(scriptText(Buffer.from("\ufeffkeep; # é😀\ufffd")), {
    kind: "text",
    text: "keep; # é😀\ufffd",
  })
})

for (const [bytes, place] of [
  [[0xff], [1, 1]],
  [
    [0x61, 0x0a, 0x62, 0xc3],
    [2, 2],
  ],
  [
    [0x61, 0xc3, 0xa9, 0xed, 0xa0, 0x80],
    [1, 3],
  ],
  [
    [0xef, 0xbf, 0xbd, 0x80],
    [1, 2],
  ],
  [
    [0xf0, 0x9f, 0x98, 0x80, 0x0a, 0xf0, 0x9f, 0x98],
    [2, 1],
  ],
] as const) {
  test(`says where ${Buffer.from(bytes).toString("hex")} ceases to be UTF-8`, () => {
    assert.deepEqual(placeIn(Uint8Array.from(bytes)), place)
  })
}

test("gives back every text, and a place for all other bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), text => {
      assert.deepEqual(scriptText(Buffer.from(text)), { kind: "text", text: text.replace(/^\ufeff/, "") })
      assert.equal(placeIn(Buffer.concat([Buffer.from(text), Buffer.of(0x80)])).length, 2)
    }),
  )
  fc.assert(fc.property(fc.uint8Array(), bytes => assert.ok([0, 2].includes(placeIn(bytes).length))))
})
