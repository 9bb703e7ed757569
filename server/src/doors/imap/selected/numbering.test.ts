import assert from "node:assert/strict"
import { test } from "node:test"
import type { SequenceSet } from "@letterkeep/imap"
import fc from "fast-check"
import type { EmailId, Uid } from "../../../store/ids.ts"
import { Numbering } from "./numbering.ts"
import { resolveSet, resolveUids } from "./resolve-set.ts"

const numberingOf = (...uids: number[]): Numbering =>
  new Numbering(
    Uint32Array.from(uids),
    Float64Array.from(uids, uid => uid * 10),
  )
const append = (numbering: Numbering, uid: number): void =>
  numbering.append(uid as Uid, (uid * 10) as EmailId)
const none = new Uint32Array()
const ranges = (...pairs: (readonly [number | "*", number | "*"])[]): SequenceSet => ({
  kind: "ranges",
  ranges: pairs.map(([first, last]) => ({ first, last })),
})

test("numbers follow the UIDs", () => {
  const numbering = numberingOf(3, 7, 9)
  assert.equal(numbering.uidOf(2), 7)
  assert.equal(numbering.numberOf(9), 3)
  assert.equal(numbering.numberOf(8), 0)
  assert.equal(numbering.firstNumberFrom(4), 2)
  assert.equal(numbering.firstNumberFrom(10), 4)
  assert.throws(() => numbering.uidOf(4), RangeError)
  assert.throws(() => numbering.uidOf(0), RangeError)
})

test("after a removal the numbers behind it move up", () => {
  const numbering = numberingOf(3, 7, 9, 12)
  assert.deepEqual(numbering.remove([3, 4, 9]), [1, 3])
  assert.deepEqual([...numbering.uids()], [7, 12])
  assert.deepEqual([...numbering.emails()], [70, 120])
})

test("an arrival has the largest UID", () => {
  const numbering = numberingOf(3)
  append(numbering, 5)
  assert.equal(numbering.lastUid, 5)
  assert.throws(() => append(numbering, 5), RangeError)
})

test("arrivals and removals in any order leave what a plain list has", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("append" as const), gap: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("remove" as const), which: fc.array(fc.nat(400), { maxLength: 20 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const numbering = numberingOf()
      let list: number[] = []
      let next = 0
      for (const one of steps) {
        if (one.kind === "append") {
          next += one.gap
          append(numbering, next)
          list.push(next)
        } else {
          const ascending = [...new Set(one.which)].sort((a, b) => a - b)
          const numbers = list.flatMap((uid, index) => (ascending.includes(uid) ? [index + 1] : []))
          assert.deepEqual(numbering.remove(ascending), numbers)
          list = list.filter(uid => !ascending.includes(uid))
        }
        assert.deepEqual([...numbering.uids()], list)
        assert.deepEqual(
          [...numbering.emails()],
          list.map(uid => uid * 10),
        )
      }
    }),
  )
})

test("a set by number becomes ranges of UIDs, each message once", () => {
  const numbering = numberingOf(3, 7, 9, 12, 20)
  const set = ranges([2, 1], [5, "*"], [2, 3])
  assert.deepEqual(resolveSet(numbering, { uid: false, set }, none), {
    kind: "messages",
    uids: [
      { first: 3, last: 9 },
      { first: 20, last: 20 },
    ],
    count: 4,
  })
})

test("a number that is not there is refused, and so is * in an empty mailbox", () => {
  const one = numberingOf(3)
  assert.equal(resolveSet(one, { uid: false, set: ranges([1, 2]) }, none).kind, "no-such-number")
  assert.equal(resolveSet(one, { uid: false, set: ranges([2, "*"]) }, none).kind, "no-such-number")
  assert.equal(
    resolveSet(numberingOf(), { uid: false, set: ranges(["*", "*"]) }, none).kind,
    "no-such-number",
  )
  assert.deepEqual(resolveSet(numberingOf(), { uid: true, set: ranges([1, "*"]) }, none), {
    kind: "messages",
    uids: [],
    count: 0,
  })
})

test("a range of UIDs behind the last one still means the last one", () => {
  assert.deepEqual(resolveSet(numberingOf(3, 7), { uid: true, set: ranges([100, "*"]) }, none), {
    kind: "messages",
    uids: [{ first: 7, last: 7 }],
    count: 1,
  })
})

test("$ means what was saved, as far as it is still there", () => {
  const numbering = numberingOf(3, 7, 9, 12)
  const saved = Uint32Array.of(3, 5, 7, 12)
  assert.deepEqual(resolveSet(numbering, { uid: false, set: { kind: "saved" } }, saved), {
    kind: "messages",
    uids: [
      { first: 3, last: 7 },
      { first: 12, last: 12 },
    ],
    count: 3,
  })
})

test("a set by UID means exactly the messages in it, in as few ranges as can be", () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
  const end = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant("*" as const))
  fc.assert(
    fc.property(uids, fc.array(fc.tuple(end, end), { minLength: 1, maxLength: 8 }), (some, pairs) => {
      const all = some.sort((a, b) => a - b)
      const numbering = numberingOf(...all)
      const star = all.at(-1) ?? 0
      const wanted = all.filter(uid =>
        pairs.some(([a, b]) => {
          const [one, other] = [a === "*" ? star : a, b === "*" ? star : b]
          return uid >= Math.min(one, other) && uid <= Math.max(one, other)
        }),
      )
      const found = resolveSet(numbering, { uid: true, set: ranges(...pairs) }, none)
      assert.equal(found.kind, "messages")
      if (found.kind !== "messages") return
      const inRanges = all.filter(uid => found.uids.some(({ first, last }) => uid >= first && uid <= last))
      assert.deepEqual(inRanges, wanted)
      assert.equal(found.count, wanted.length)
      assert.deepEqual(found, resolveUids(numbering, wanted))
    }),
  )
})
