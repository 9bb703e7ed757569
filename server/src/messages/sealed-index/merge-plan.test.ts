import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { defaultIndexLimits, type IndexLimits } from "./limits.ts"
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

/** Builds and merges until nothing is due. `takes`: so many of a build's entries become a segment, as a full one ends early. */
function play(arrivals: readonly number[], limits: IndexLimits, takes = Number.POSITIVE_INFINITY) {
  let waiting: EntryThere[] = []
  let segments: SegmentThere[] = []
  let [email, id, written, most] = [0, 0, 0, 0]
  for (const count of arrivals) {
    for (let at = 0; at < count; at++) waiting.push(...entries(++email))
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 2000)
      const outside = waiting.map(one => one.email)
      const step = planBuild(waiting, segments, [], limits) ?? planMerge(segments, outside, limits, 0)
      if (step === undefined) break
      if (step.kind === "build") {
        const taken = waiting.filter(one => one.email <= step.last).slice(0, takes)
        waiting = waiting.slice(taken.length)
        written += taken.length
        const level = taken.length <= (limits.levels[0] ?? 0) ? 0 : step.level
        segments.push(segment(step.first, taken.at(-1)?.email ?? 0, { level, id: ++id }))
      } else {
        const ids = new Set(step.segments.map(each => each.id))
        const [first, last] = [step.segments[0], step.segments.at(-1)]
        assert.ok(first && last)
        for (const each of step.segments) assert.ok((each.level ?? 9) < step.level)
        segments = segments.filter(each => !ids.has(each.id))
        segments.push(segment(first.lo, last.hi, { level: step.level, id: ++id }))
        written += last.hi - first.lo + 1
      }
      segments.sort((a, b) => a.lo - b.lo)
      for (const [at, one] of segments.entries()) {
        assert.ok(one.hi < (segments[at + 1]?.lo ?? Number.POSITIVE_INFINITY))
        assert.ok(one.docs <= Math.max(limits.levels[one.level ?? 0] ?? 0, limits.manyEntries))
      }
    }
    most = Math.max(most, segments.length)
  }
  return { email, segments, waiting: waiting.length, written, most }
}

test("whatever comes and goes, plans come to an end, segments never overlap, and few are left", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), arrivals => {
      const { email, segments, waiting } = play(arrivals, limits)
      assert.ok(waiting < 4)
      assert.ok(segments.length <= 3 + 3 + Math.ceil(email / 64))
    }),
  )
})

/** The sizes of a real index, a 64th of each. */
const scaled: IndexLimits = {
  ...defaultIndexLimits,
  levels: defaultIndexLimits.levels.map(most => most / 64),
  fewEntries: defaultIndexLimits.fewEntries / 64,
  manyEntries: defaultIndexLimits.manyEntries / 64,
}

test("however many come at a visit, few segments are left of 100,000 messages, each written three times at most", () => {
  for (let each = 1; each <= 64; each++) {
    const { email, written, most } = play(Array<number>(Math.ceil(1563 / each)).fill(each), scaled)
    assert.ok(most <= 21, `${each} at a visit: ${most} segments`)
    assert.ok(written <= email * scaled.levels.length)
  }
  for (let takes = scaled.fewEntries; takes <= 40; takes++) {
    const { email, segments, written } = play([1563], scaled, takes)
    assert.ok(segments.length <= 20, `builds of ${takes}: ${segments.length} segments`)
    assert.ok(written <= email * scaled.levels.length)
  }
})

test("builds of any size, levels mixed, leave fewer segments than two fans and one for each that is due", () => {
  const [few, fan] = [scaled.fewEntries, scaled.fan]
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 100, size: "max" }),
      fc.integer({ min: few, max: 40 }),
      (arrivals, takes) => {
        const { email, segments, written } = play(arrivals, scaled, takes)
        const top = segments.filter(({ level }) => level === scaled.levels.length - 1)
        assert.ok(segments.length - top.length < fan * 2)
        // Of two fans of the smallest, at the least.
        for (const { docs } of top) assert.ok(docs >= few * fan * 2)
        assert.ok(written <= email * scaled.levels.length)
      },
    ),
  )
})
