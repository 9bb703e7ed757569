import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createCopyRows, type SendableRows } from "./copy-rows.ts"
import { createRowFields } from "./fields.ts"
import { StoreError } from "./store-error.ts"

/** COPY's header: signature, flags, length of the extension. */
const headerBytes = 19

function rowOf(columns: number, write: (rows: SendableRows) => void): Buffer {
  const rows = createCopyRows(
    "thing",
    Array.from({ length: columns }, (_, n) => `c${n}`),
  )
  rows.row()
  write(rows)
  return Buffer.concat(rows.finish()).subarray(headerBytes)
}

test("reads back what COPY rows write", () => {
  const whole = fc.maxSafeInteger()
  const at = fc.integer({ min: 0, max: 4_000_000_000_000 })
  const text = fc.string({ unit: "grapheme" }).filter(value => !value.includes("\0"))
  const values = fc.tuple(
    whole,
    at,
    fc.boolean(),
    fc.array(text),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  fc.assert(
    fc.property(values, fc.uint8Array(), ([number, ms, flag, texts, id], bytes) => {
      const row = rowOf(9, rows => {
        rows.int8(number)
        rows.timestamptz(ms)
        rows.bool(flag)
        rows.textArray(texts)
        rows.null()
        rows.uuid(id)
        rows.bytea(bytes)
        rows.int4(number % 2 ** 31)
        rows.int2(number % 2 ** 15)
      })
      const fields = createRowFields()
      fields.begin(row, 0)
      assert.deepEqual(
        [fields.int8(), fields.timestamptz(), fields.bool(), fields.texts(), fields.isNull()],
        [number, ms, flag, texts, true],
      )
      assert.deepEqual([fields.isNull(), fields.uuid()], [false, Buffer.from(id)])
      assert.deepEqual(fields.bytea(), Buffer.from(bytes))
      assert.deepEqual([fields.int4(), fields.int2()], [number % 2 ** 31, number % 2 ** 15])
    }),
  )
})

test("reads the time before 2000 and before 1970", () => {
  for (const ms of [0, -1, 946_684_799_999, 946_684_800_000, -62_135_596_800_000]) {
    const fields = createRowFields()
    fields.begin(
      rowOf(1, rows => rows.timestamptz(ms)),
      0,
    )
    assert.equal(fields.timestamptz(), ms)
  }
})

test("refuses what does not fit: a null, another type, more values than there are", () => {
  const row = rowOf(2, rows => {
    rows.int4(1)
    rows.null()
  })
  const begin = () => {
    const fields = createRowFields()
    fields.begin(row, 0)
    return fields
  }
  assert.throws(() => begin().int8(), StoreError)
  const fields = begin()
  fields.int4()
  assert.throws(() => fields.int4(), StoreError)
  const others = begin()
  others.int4()
  others.isNull()
  assert.throws(() => others.isNull(), StoreError)
})
