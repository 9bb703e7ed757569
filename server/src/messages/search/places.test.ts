import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { finderOf, Places } from "./places.ts"

test("places are a set, whatever its size", () => {
  const places = fc
    .integer({ min: 0, max: 70 })
    .chain(size => fc.tuple(fc.constant(size), subset(size), subset(size)))
  fc.assert(
    fc.property(places, ([size, one, other]) => {
      const [a, b] = [placesOf(size, one), placesOf(size, other)]
      const sorted = (numbers: Iterable<number>) => [...numbers].sort((x, y) => x - y)
      assert.deepEqual([...a.list()], sorted(one))
      assert.deepEqual([...a.or(b).list()], sorted(one.union(other)))
      assert.deepEqual([...a.and(b).list()], sorted(one.intersection(other)))
      assert.deepEqual([...a.without(b).list()], sorted(one.difference(other)))
      assert.deepEqual([...Places.all(size).without(a).list()].length, size - one.size)
      assert.equal(a.isEmpty, one.size === 0)
      assert.equal(a.count, one.size)
      const ends = one.size === 0 ? undefined : { first: Math.min(...one), last: Math.max(...one) }
      assert.deepEqual(a.ends(), ends)
    }),
  )
})

function subset(size: number): fc.Arbitrary<Set<number>> {
  return fc
    .array(fc.integer({ min: 0, max: Math.max(0, size - 1) }))
    .map(list => new Set(size === 0 ? [] : list))
}

function placesOf(size: number, members: Iterable<number>): Places {
  const places = Places.none(size)
  for (const place of members) places.add(place)
  return places
}

test("messages are found by UID and by email, also where emails do not ascend", () => {
  for (const emails of [
    [10, 20, 30, 40],
    [40, 10, 30, 20],
  ]) {
    const finder = finderOf({ uids: Uint32Array.of(2, 3, 7, 9), emails: Float64Array.from(emails) })
    assert.deepEqual([...finder.ofUids([1, 2, 5, 9, 11]).list()], [0, 3])
    assert.deepEqual([...finder.ofUidRanges([{ first: 3, last: 8 }]).list()], [1, 2])
    assert.deepEqual([...finder.ofUidRanges([{ first: 4, last: 6 }]).list()], [])
    const overlapping = [
      { first: 9, last: 99 },
      { first: 2, last: 7 },
      { first: 1, last: 3 },
    ]
    assert.deepEqual([...finder.ofUidRanges(overlapping).list()], [0, 1, 2, 3])
    const expected = [10, 40].map(email => emails.indexOf(email)).sort((x, y) => x - y)
    assert.deepEqual([...finder.ofEmails([5, 10, 35, 40]).list()], expected)
  }
})

test("many of many are found, wherever they stand", () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 120 })
  fc.assert(
    fc.property(ids, ids, fc.boolean(), (held, wanted, sorted) => {
      const emails = Float64Array.from(sorted ? held.toSorted((a, b) => a - b) : held)
      const finder = finderOf({ uids: Uint32Array.from(emails, (_, at) => at + 1), emails })
      const found = finder.ofEmails(wanted.toSorted((a, b) => a - b))
      const expected = [...emails.keys()].filter(place => wanted.includes(emails[place] ?? 0))
      assert.deepEqual([...found.list()], expected)
      const span = held.length === 0 ? undefined : { from: Math.min(...held), to: Math.max(...held) }
      assert.deepEqual(finder.emailSpan(Places.all(emails.length)), span)
    }),
  )
})
