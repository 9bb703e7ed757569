import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readValues, type Value } from "../../fixtures/read-response.ts"
import type { Thread } from "../thread/thread.ts"
import { appendUidCode, copyUidCode, modifiedCode } from "./response-code.ts"
import { writeEsearch, writeNumbers, writeThreads } from "./search-response.ts"

test("SEARCH and SORT lines", () => {
  assert.equal(writeNumbers("SEARCH", { numbers: [] }), "* SEARCH\r\n")
  assert.equal(writeNumbers("SEARCH", { numbers: [], modseq: 3 }), "* SEARCH\r\n")
  assert.equal(writeNumbers("SORT", { numbers: [5, 2] }), "* SORT 5 2\r\n")
  assert.equal(
    writeNumbers("SEARCH", { numbers: Uint32Array.of(2, 5), modseq: 917 }),
    "* SEARCH 2 5 (MODSEQ 917)\r\n",
  )
})

test("ESEARCH lines: what was asked for, and nothing of nothing", () => {
  const search = { tag: "A282", uid: false, of: "SEARCH", give: [] } as const
  assert.equal(writeEsearch(search, [2, 3, 9]), '* ESEARCH (TAG "A282") ALL 2:3,9\r\n')
  assert.equal(writeEsearch(search, []), '* ESEARCH (TAG "A282")\r\n')
  assert.equal(
    writeEsearch({ ...search, uid: true, give: ["COUNT", "MAX", "MIN"] }, [2, 3, 9], 77),
    '* ESEARCH (TAG "A282") UID MIN 2 MAX 9 COUNT 3 MODSEQ 77\r\n',
  )
  assert.equal(
    writeEsearch({ ...search, give: ["MIN", "MAX", "ALL", "COUNT", "SAVE"] }, [], 77),
    '* ESEARCH (TAG "A282") COUNT 0\r\n',
  )
  assert.equal(
    writeEsearch({ ...search, of: "SORT", give: ["MIN", "MAX", "ALL"] }, [9, 2, 3]),
    '* ESEARCH (TAG "A282") MIN 9 MAX 3 ALL 9,2:3\r\n',
  )
})

test("ALL of a SORT reads back in its order, whatever runs it has", () => {
  const sort = { tag: "a", uid: false, of: "SORT", give: ["ALL"] } as const
  const all = (numbers: readonly number[]) => / ALL (\S+)/.exec(writeEsearch(sort, numbers))?.[1] ?? ""
  assert.equal(all([1, 2, 3, 4, 5]), "1:5")
  assert.equal(all([5, 4, 3, 1, 2]), "5,4,3,1:2")
  const order = fc.integer({ min: 1, max: 12 }).chain(count =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, at) => at + 1),
      { minLength: 1 },
    ),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        order,
        order.map(one => one.toSorted((a, b) => a - b)),
      ),
      numbers => {
        const read = all(numbers)
          .split(",")
          .flatMap(range => {
            const [first = 0, last = first] = range.split(":").map(Number)
            return Array.from({ length: last - first + 1 }, (_, at) => first + at)
          })
        assert.deepEqual(read, numbers)
      },
    ),
  )
})

test("codes that hold sets", () => {
  assert.equal(appendUidCode(38505, [3955, 3956]), "APPENDUID 38505 3955:3956")
  assert.equal(copyUidCode(7, []), undefined)
  assert.equal(
    copyUidCode(7, [
      [304, 3956],
      [319, 3957],
    ]),
    "COPYUID 7 304,319 3956:3957",
  )
  assert.equal(modifiedCode([7, 9]), "MODIFIED 7,9")
})

const leaf = (message: number): Thread => ({ message, children: [] })
const node = (message: number | undefined, ...children: Thread[]): Thread => ({ message, children })

test("threads in parentheses, as RFC 5256 §4 shows them", () => {
  assert.equal(writeThreads([]), "* THREAD\r\n")
  const rfc = node(3, node(6, node(4, leaf(23)), node(44, node(7, leaf(96)))))
  assert.equal(writeThreads([leaf(2), rfc]), "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n")
  assert.equal(writeThreads([node(undefined, leaf(3), leaf(5))]), "* THREAD ((3)(5))\r\n")
})

test("threads are read back as they were, and may be deep", () => {
  const tree = fc.letrec<{ thread: Thread }>(tie => ({
    thread: fc.record(
      {
        message: fc.integer({ min: 1, max: 99 }),
        children: fc.oneof(
          { maxDepth: 5, depthSize: "small" },
          fc.constant([]),
          fc.array(tie("thread"), { maxLength: 3 }),
        ),
      },
      { noNullPrototype: true },
    ),
  })).thread
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), threads => {
      const wire = writeThreads(threads)
      const lists = readValues(wire.slice("* THREAD".length).trim())
      assert.deepEqual(lists.map(threadOf), threads)
    }),
  )
  let deep = leaf(1)
  for (let at = 0; at < 200_000; at++) deep = node(1, deep)
  assert.equal(writeThreads([deep]).length, "* THREAD ()\r\n".length + 200_001 * 2 - 1)
})

function threadOf(list: Value): Thread {
  assert.ok(Array.isArray(list))
  const chain = list.filter(value => typeof value === "number")
  let children = list.filter(value => Array.isArray(value)).map(threadOf)
  for (const message of chain.slice(1).toReversed()) children = [{ message, children }]
  const [message] = chain
  return { message, children }
}
