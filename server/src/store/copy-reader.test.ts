import assert from "node:assert/strict"
import { test } from "node:test"
import { createCopyReader } from "./copy-reader.ts"
import { createCopyRows } from "./copy-rows.ts"

function sample(): Buffer {
  const rows = createCopyRows("t", ["a", "b"])
  rows.row()
  rows.bytea(Buffer.from("one"), Buffer.from("two"))
  rows.null()
  rows.row()
  rows.bytea()
  rows.int8(-5)
  return Buffer.concat(rows.finish())
}

const expected = [
  [Buffer.from("onetwo"), null],
  [Buffer.alloc(0), Buffer.from("fffffffffffffffb", "hex")],
]

test("reads the same rows however the stream is cut", () => {
  const bytes = sample()
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = createCopyReader()
    assert.deepEqual([...reader.read(bytes.subarray(0, cut)), ...reader.read(bytes.subarray(cut))], expected)
  }
  const reader = createCopyReader()
  assert.deepEqual(
    [...bytes].flatMap(byte => reader.read(Buffer.from([byte]))),
    expected,
  )
})

test("refuses what is no binary COPY", () => {
  assert.throws(() => createCopyReader().read(Buffer.from("this is text and long enough")), /not binary COPY/)
  const bytes = sample()
  bytes.writeInt16BE(-2, 19)
  assert.throws(() => createCopyReader().read(bytes), /not binary COPY/)
})
