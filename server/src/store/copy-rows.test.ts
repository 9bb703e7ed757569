import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { createCopyRows } from "./copy-rows.ts"
import { openTestStore } from "./test-store.ts"

const columns = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]

test("what goes in by COPY is what Postgres reads, for every type", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe(`create table every (
    a int2, b int4, c int8, d uuid, e bytea, f text, g text[], h timestamptz, i bool); grant all on every to public`)
  const text = fc.string({ unit: "grapheme" }).filter(value => !value.includes("\0"))
  const row = fc.record({
    a: fc.integer({ min: -0x8000, max: 0x7fff }),
    b: fc.integer(),
    c: fc.maxSafeInteger(),
    d: fc.uuid(),
    e: fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 5000, maxLength: 9000 })),
    f: text,
    g: fc.array(text, { maxLength: 5 }),
    h: fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }),
    i: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(row), { maxLength: 20 }), async given => {
      const rows = createCopyRows("every", columns)
      for (const one of given) {
        rows.row()
        if (one === null) for (const _ of columns) rows.null()
        else {
          rows.int2(one.a)
          rows.int4(one.b)
          rows.int8(one.c)
          rows.uuid(Buffer.from(one.d.replaceAll("-", ""), "hex"))
          rows.bytea(one.e.subarray(0, 7), one.e.subarray(7))
          rows.text(one.f)
          rows.textArray(one.g)
          rows.timestamptz(one.h.getTime())
          rows.bool(one.i)
        }
      }
      await store.owner`truncate every`
      await store.transaction(tx => store.copyIn(tx, rows))
      const back = await store.sql`select * from every order by ctid`
      const nothing = Object.fromEntries(columns.map(name => [name, null]))
      assert.deepEqual(
        back.map(one => ({ ...one })),
        given.map(one => (one === null ? nothing : { ...one, e: Buffer.from(one.e) })),
      )
    }),
    { numRuns: 30 },
  )
})

test("counts its rows and the bytes of its stream", () => {
  const rows = createCopyRows("t", ["a"])
  for (let index = 0; index < 100; index++) {
    rows.row()
    rows.bytea(Buffer.alloc(index * 100))
  }
  const { count, bytes } = rows
  assert.equal(count, 100)
  assert.equal(Buffer.concat(rows.finish()).length, bytes)
  assert.equal(rows.bytes, bytes)
})

type Act =
  | "row"
  | "finish"
  | "null"
  | readonly [method: "int2" | "int4" | "int8" | "timestamptz", value: number]

const wrong: readonly (readonly [string, ...Act[]])[] = [
  ["a row with too few values", "row", ["int2", 1], "row"],
  ["a last row with too few values", "row", ["int2", 1], "finish"],
  ["a row with too many values", "row", "null", "null", ["int2", 1]],
  ["a null too many", "row", "null", "null", "null"],
  ["a value before the first row", ["int2", 1]],
  ["a row after the end", "finish", "row"],
  ["an end after the end", "finish", "finish"],
  ["an int2 out of range", "row", ["int2", 0x8000]],
  ["an int4 out of range", "row", ["int4", -0x8000_0001]],
  ["a fraction", "row", ["int4", 1.5]],
  ["a number over 2^53 − 1", "row", ["int8", 2 ** 53]],
  ["a time that is none", "row", ["timestamptz", Number.NaN]],
]
for (const [what, ...acts] of wrong) {
  test(`refuses ${what}`, () => {
    const rows = createCopyRows("t", ["a", "b"])
    const run = (act: Act | undefined): unknown =>
      typeof act === "object" ? rows[act[0]](act[1]) : act && rows[act]()
    for (const act of acts.slice(0, -1)) run(act)
    assert.throws(() => run(acts.at(-1)), RangeError)
  })
}

test("refuses a uuid of 15 bytes, and text with a NUL", () => {
  const rows = createCopyRows("t", ["a"])
  rows.row()
  assert.throws(() => rows.uuid(Buffer.alloc(15)), RangeError)
  assert.throws(() => rows.text("a\0b"), RangeError)
  assert.throws(() => rows.textArray(["a", "\0"]), RangeError)
})

test("a uuid goes in as its 16 bytes", () => {
  const rows = createCopyRows("t", ["a"])
  const bytes = Buffer.from(randomUUID().replaceAll("-", ""), "hex")
  rows.row()
  rows.uuid(bytes)
  assert.deepEqual(Buffer.concat(rows.finish()).subarray(25, 41), bytes)
})
