import assert from "node:assert/strict"
import { test } from "node:test"
import { literal } from "./literal.ts"
import { openTestStore } from "./test-store.ts"

test("Postgres reads each literal as the value that it was", async t => {
  const store = await openTestStore(t)
  const uuid = Buffer.from("0193a7b200007000800000000000000f", "hex")
  const bytes = Buffer.from([0, 39, 92, 255])
  const [row] = await store.sql.unsafe(`select
    ${literal.number(-9007199254740991)}::int8 as a, 1 -${literal.number(-1)} as b,
    ${literal.numbers([1, -2, 3])} as c, ${literal.numbers([])} as d,
    ${literal.uuid(uuid)}::text as e, ${literal.uuids([uuid])}::text as f, ${literal.uuids([])}::text as g,
    ${literal.bytea(bytes)} as h`)
  assert.deepEqual(
    { ...row },
    {
      a: -9007199254740991,
      b: 2,
      c: [1, -2, 3],
      d: [],
      e: "0193a7b2-0000-7000-8000-00000000000f",
      f: "{0193a7b2-0000-7000-8000-00000000000f}",
      g: "{}",
      h: bytes,
    },
  )
})

test("refuses numbers and uuids that are none", () => {
  for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => literal.number(value), RangeError)
    assert.throws(() => literal.numbers([1, value]), RangeError)
  }
  assert.throws(() => literal.uuid(Buffer.alloc(15)), RangeError)
})
