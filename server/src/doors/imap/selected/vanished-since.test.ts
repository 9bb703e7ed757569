import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { collectOut } from "./fixtures/collect-out.ts"
import { tellVanished, vanishedSince } from "./vanished-since.ts"

const flat = (ranges: Iterable<{ readonly first: number; readonly last: number }>): number[] =>
  [...ranges].flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  )

test("of what has gone, exactly the UIDs asked for are told, ascending, from the log or from what is there", () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 })
  fc.assert(
    fc.property(uids, uids, fc.boolean(), (some, asked, complete) => {
      const present = Uint32Array.from(some).sort()
      const all = Array.from({ length: 40 }, (_, index) => index + 1)
      const vanished = all.filter(uid => !present.includes(uid))
      const ranges = [...asked].sort((a, b) => a - b).map(uid => ({ first: uid, last: uid }))
      const log = { vanished: complete ? vanished.map(uid => uid as never) : [], complete }
      assert.deepEqual(
        flat(vanishedSince(log, present, ranges, 40)),
        vanished.filter(uid => asked.includes(uid)),
      )
    }),
  )
})

test("a range of all UIDs costs no more than there are gaps", () => {
  const everything = [{ first: 1, last: 4_294_967_295 }]
  const gone = [
    ...vanishedSince({ vanished: [], complete: false }, Uint32Array.of(5, 7), everything, 1_000_000),
  ]
  assert.deepEqual(gone, [
    { first: 1, last: 4 },
    { first: 6, last: 6 },
    { first: 8, last: 1_000_000 },
  ])
})

test("a long list is told in several lines", async () => {
  const out = collectOut()
  const gone = Array.from({ length: 2_500 }, (_, index) => ({ first: index * 2 + 1, last: index * 2 + 1 }))
  await tellVanished("VANISHED", out, gone)
  const lines = out.take().trimEnd().split("\r\n")
  assert.equal(lines.length, 3)
  assert.equal(lines.flatMap(line => line.replace("* VANISHED ", "").split(",")).length, 2_500)
})
