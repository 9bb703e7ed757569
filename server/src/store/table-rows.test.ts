import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableRows } from "./table-rows.ts"

test("gives the same rows to all who add to a table, in the order of the first", () => {
  const tables = createTableRows()
  const one = tables.of("one", ["a"])
  tables.of("empty", ["a"])
  const two = tables.of("two", ["a", "b"])
  assert.equal(tables.of("one", ["a"]), one)
  two.row()
  two.int4(1)
  two.int4(2)
  one.row()
  one.int4(1)
  assert.deepEqual(
    tables.all().map(rows => [rows.table, rows.count]),
    [
      ["one", 1],
      ["two", 1],
    ],
  )
  assert.ok(tables.bytes > one.bytes + two.bytes)
})

test("refuses other columns of the same table", () => {
  const tables = createTableRows()
  tables.of("one", ["a", "b"])
  assert.throws(() => tables.of("one", ["b", "a"]), RangeError)
})
