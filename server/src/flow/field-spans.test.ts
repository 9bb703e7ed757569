import assert from "node:assert/strict"
import { test } from "node:test"
import { fieldSpans } from "./field-spans.ts"

test("says where fields lie, in the order of the message", () => {
  const fields = ["A: 1\r\n", "B: 22\r\n", "C: 333\r\n"].map(raw => ({ name: "", raw: Buffer.from(raw) }))
  assert.deepEqual(fieldSpans(fields, [2, 0]), [
    [0, 6],
    [13, 21],
  ])
  assert.deepEqual(fieldSpans(fields, []), [])
})

test("looks at each field once, however many are asked for", () => {
  let looks = 0
  const raw = Buffer.from("A: 1\r\n")
  const fields = Array.from({ length: 2_000 }, () => ({
    name: "A",
    get raw() {
      looks++
      return raw
    },
  }))
  const spans = fieldSpans(fields, [...fields.keys()])
  assert.equal(looks, 2_000)
  assert.deepEqual([spans.length, spans.at(-1)], [2_000, [1_999 * 6, 2_000 * 6]])
})
