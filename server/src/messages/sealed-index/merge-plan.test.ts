import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { defaultIndexLimits } from "./limits.ts"
import { type EntryThere, planBuild, planMerge, type SegmentThere } from "./merge-plan.ts"

const limits = { ...defaultIndexLimits, levels: [4, 16, 64], fan: 4, goneShare: 8, entryBytes: 1000 }
const entries = (...emails: readonly number[]): EntryThere[] =>
  emails.map(email => ({ email, bytes: 10, opens: true }))
const segment = (lo: number, hi: number, more: Partial<SegmentThere> = {}): SegmentThere => ({
  id: lo,
  level: 0,
  lo,
  hi,
  docs: hi - lo + 1,
  gone: 0,
  goneSince: undefined,
  ...more,
})

test("new entries wait until they are many, or large", () => {
  assert.equal(planBuild(entries(1, 2, 3), [], [], limits), undefined)
  assert.deepEqual(planBuild(entries(1, 2, 3, 5, 6), [], [], limits), {
    kind: "build",
    first: 1,
    last: 5,
    count: 4,
    level: 0,
  })
  const large = [{ email: 7, bytes: 2000, opens: true }]
  assert.deepEqual(planBuild(large, [], [], limits), { kind: "build", first: 7, last: 7, count: 1, level: 0 })
})

test("of many entries one segment of the second level is made at once", () => {
  const many = { ...limits, manyEntries: 8 }
  const emails = Array.from({ length: 20 }, (_, at) => at + 1)
  const build = { kind: "build", first: 1 } as const
  assert.deepEqual(planBuild(entries(...emails), [], [], many), { ...build, last: 8, count: 8, level: 1 })
  assert.deepEqual(planBuild(entries(...emails.slice(0, 7)), [], [], many), {
    ...build,
    last: 4,
    count: 4,
    level: 0,
  })
  const parted = planBuild(entries(...emails), [], [7], many)
  assert.deepEqual(parted, { ...build, last: 4, count: 4, level: 0 })
  assert.deepEqual(planBuild(entries(...emails), [], [], { ...many, levels: [4] }), {
    ...build,
    last: 8,
    count: 8,
    level: 0,
  })
})

test("small segments become one of the next level when there are twice as many", () => {
  const small = Array.from({ length: 8 }, (_, at) => segment(at + 1, at + 1))
  assert.equal(planMerge(small.slice(1), [], limits, 0), undefined)
  assert.deepEqual(planMerge(small, [], limits, 0), { kind: "merge", segments: small, level: 1 })
})

test("a segment of a lower level among others does not part them", () => {
  const all = [1, 2, 3, 4].map(at => segment(at * 20, at * 20 + 9, { level: 1 }))
  const [one, two, ...others] = all
  assert.ok(one && two)
  const mixed = [segment(1, 3), one, two, segment(50, 51), ...others]
  assert.deepEqual(planMerge(mixed, [], limits, 0), { kind: "merge", segments: mixed, level: 2 })
  assert.equal(planMerge(mixed.slice(0, -1), [], limits, 0), undefined)
})

test("entries before a segment, or before one that does not open, become one as they are", () => {
  assert.deepEqual(planBuild(entries(1, 2), [segment(5, 9)], [], limits), {
    kind: "build",
    first: 1,
    last: 2,
    count: 2,
    level: 0,
  })
  assert.deepEqual(planBuild(entries(1, 12), [segment(5, 9)], [], limits), {
    kind: "build",
    first: 1,
    last: 1,
    count: 1,
    level: 0,
  })
  const [one, ...others] = [...entries(1), { email: 2, bytes: 1, opens: false }, ...entries(3, 4, 5, 6)]
  assert.ok(one)
  assert.deepEqual(planBuild([one, ...others], [], [], limits), {
    kind: "build",
    first: 1,
    last: 1,
    count: 1,
    level: 0,
  })
  assert.deepEqual(planBuild(others, [], [], limits), {
    kind: "build",
    first: 3,
    last: 6,
    count: 4,
    level: 0,
  })
})

test("no run goes across a message that the index lacks, which may become an entry later", () => {
  const all = entries(1, 2, 4, 5, 6, 7)
  assert.deepEqual(planBuild(all, [], [3], limits), { kind: "build", first: 1, last: 2, count: 2, level: 0 })
  assert.deepEqual(planBuild(all.slice(2), [], [3], limits), {
    kind: "build",
    first: 4,
    last: 7,
    count: 4,
    level: 0,
  })
  assert.deepEqual(planBuild(entries(1, 2), [], [9], limits), {
    kind: "build",
    first: 1,
    last: 2,
    count: 2,
    level: 0,
  })
})

test("entries inside a segment's range stay where they are", () => {
  assert.equal(planBuild(entries(6, 7), [segment(5, 9)], [], limits), undefined)
})

test("segments of one level that follow one another become one of the next", () => {
  const four = [segment(1, 4), segment(5, 8), segment(9, 12), segment(13, 16)]
  assert.deepEqual(planMerge(four, [], limits, 0), { kind: "merge", segments: four, level: 1 })
  assert.equal(planMerge(four.slice(1), [], limits, 0), undefined)
  const parted = [...four.slice(0, 2), segment(9, 9, { level: 1 }), ...four.slice(2)]
  assert.equal(planMerge(parted, [], limits, 0), undefined)
  const shut = [...four.slice(0, 2), segment(9, 9, { level: undefined }), ...four.slice(2)]
  assert.equal(planMerge(shut, [], limits, 0), undefined)
})

test("no merge goes across a message that is in no segment", () => {
  const four = [segment(1, 4), segment(6, 8), segment(9, 12), segment(13, 16)]
  assert.equal(planMerge(four, [5], limits, 0), undefined)
  assert.notEqual(planMerge(four, [17], limits, 0), undefined)
})

test("what has gone makes a segment due when it is much, or old", () => {
  const old = 8 * 24 * 60 * 60 * 1000
  const few = segment(1, 16, { level: 2, gone: 1, goneSince: old })
  assert.equal(planMerge([few], [], limits, old), undefined)
  assert.deepEqual(planMerge([few], [], limits, 2 * old), { kind: "merge", segments: [few], level: 2 })
  const much = segment(1, 16, { level: 1, gone: 2, goneSince: 0 })
  assert.deepEqual(planMerge([much], [], limits, 0), { kind: "merge", segments: [much], level: 1 })
})

test("whatever comes and goes, plans come to an end, segments never overlap, and few are left", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), arrivals => {
      let waiting: EntryThere[] = []
      let segments: SegmentThere[] = []
      let email = 0
      for (const count of arrivals) {
        for (let at = 0; at < count; at++) waiting.push(...entries(++email))
        for (let steps = 0; ; steps++) {
          assert.ok(steps < 100)
          const step = planBuild(waiting, segments, [], limits) ?? planMerge(segments, [], limits, 0)
          if (step === undefined) break
          if (step.kind === "build") {
            waiting = waiting.filter(one => one.email < step.first || one.email > step.last)
            segments.push(segment(step.first, step.last))
          } else {
            const ids = new Set(step.segments.map(({ id }) => id))
            const [first, last] = [step.segments[0], step.segments.at(-1)]
            assert.ok(first && last)
            segments = segments.filter(({ id }) => !ids.has(id))
            segments.push(segment(first.lo, last.hi, { level: step.level, id: first.id }))
          }
          segments.sort((a, b) => a.lo - b.lo)
          for (const [at, one] of segments.entries())
            assert.ok(one.hi < (segments[at + 1]?.lo ?? Number.POSITIVE_INFINITY))
        }
        assert.ok(waiting.length < 4)
        assert.ok(segments.length <= 3 + 3 + Math.ceil(email / 64))
      }
    }),
  )
})
