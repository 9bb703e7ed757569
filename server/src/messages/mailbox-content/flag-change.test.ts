import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { flagsAfter } from "./flag-change.ts"
import { canonicalKeywords } from "./keywords.ts"

const words = fc.uniqueArray(fc.constantFrom("$seen", "$flagged", "a", "b", "c"), { maxLength: 5 })

test("ends with the flags that the words say", () => {
  fc.assert(
    fc.property(
      fc.record({ keywords: words, deleted: fc.boolean() }),
      fc.record({
        change: fc.constantFrom("set" as const, "add" as const, "remove" as const),
        keywords: words.map(canonicalKeywords),
        deleted: fc.boolean(),
      }),
      (row, wanted) => {
        const after = flagsAfter(row, wanted)
        const had = new Set(row.keywords)
        const named = new Set(wanted.keywords)
        const expected =
          wanted.change === "set" ? named : wanted.change === "add" ? had.union(named) : had.difference(named)
        assert.deepEqual(new Set(after.keywords), expected)
        assert.equal(after.keywords.length, expected.size)
        const marked = {
          set: wanted.deleted,
          add: row.deleted || wanted.deleted,
          remove: row.deleted && !wanted.deleted,
        }
        assert.equal(after.deleted, marked[wanted.change])
        // The very same list says that nothing is to be written.
        assert.equal(after.keywords === row.keywords, had.symmetricDifference(expected).size === 0)
      },
    ),
  )
})
