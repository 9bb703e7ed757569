import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { internalDate } from "./internal-date.ts"
import { writeUidSet } from "./uid-set.ts"

test("runs of numbers are ranges", () => {
  for (const [numbers, set] of [
    [[1], "1"],
    [[1, 2], "1:2"],
    [[1, 2, 3, 5, 7, 8], "1:3,5,7:8"],
    [[4_294_967_294, 4_294_967_295], "4294967294:4294967295"],
  ] as const)
    assert.equal(writeUidSet(numbers), set)
  assert.equal(writeUidSet(Uint32Array.of(3, 4, 9)), "3:4,9")
})

test("a set that is empty or does not ascend is a mistake of the server's", () => {
  for (const numbers of [[], [2, 1], [1, 1]]) assert.throws(() => writeUidSet(numbers), RangeError)
})

test("a set says what was in it", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), numbers => {
      const sorted = numbers.sort((a, b) => a - b)
      const read = writeUidSet(sorted)
        .split(",")
        .flatMap(range => {
          const [first = 0, last = first] = range.split(":").map(Number)
          return Array.from({ length: last - first + 1 }, (_, at) => first + at)
        })
      assert.deepEqual(read, sorted)
    }),
  )
})

test("dates have a blank for a missing digit of the day, and are in UTC", () => {
  assert.equal(internalDate(Date.UTC(2026, 1, 1, 2, 3, 4, 999)), '" 1-Feb-2026 02:03:04 +0000"')
  assert.equal(internalDate(Date.UTC(1996, 6, 17, 23, 59, 59)), '"17-Jul-1996 23:59:59 +0000"')
})
