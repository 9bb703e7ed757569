import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createCounts, type DayCounts } from "./counts.ts"
import { seenAs } from "./test-reports.ts"

const limits = { records: 1000, recordsOfDomain: 1000, domains: 100 }

/** All that it holds, as one sum for each domain, day and source. */
function sumsOf(all: readonly DayCounts[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  const add = (key: string, count: number): void => void sums.set(key, (sums.get(key) ?? 0) + count)
  for (const { day, policy, records, others } of all) {
    for (const { sourceIp, headerFrom, spf, count } of records)
      add(`${day} ${policy.domain} ${sourceIp} ${headerFrom} ${spf}`, count)
    if (others > 0) add(`${day} ${policy.domain} others`, others)
  }
  return sums
}

const message = fc.record({
  day: fc.integer({ min: 1, max: 2 }),
  domain: fc.constantFrom("a.test", "b.test"),
  sourceIp: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1"),
  spf: fc.constantFrom("pass" as const, "fail" as const),
})

test("sums are the same however the messages are parted, and in whatever order the parts come together", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 60 }),
      fc.array(fc.nat(60)),
      fc.boolean(),
      (all, cuts, turned) => {
        const whole = createCounts(limits)
        const part = createCounts(limits)
        const parts: (readonly DayCounts[])[] = []
        for (const [no, { day, domain, ...record }] of all.entries()) {
          const seen = seenAs(domain, record)
          whole.add(day, seen)
          part.add(day, seen)
          if (cuts.includes(no)) parts.push(part.take())
        }
        parts.push(part.take())
        const joined = createCounts(limits)
        for (const each of turned ? parts.toReversed() : parts)
          for (const counts of each) joined.addAll(counts)
        const sums = sumsOf(joined.take())
        assert.deepEqual(new Map([...sums].toSorted()), new Map([...sumsOf(whole.take())].toSorted()))
        assert.equal(
          [...sums.values()].reduce((sum, count) => sum + count, 0),
          all.length,
        )
      },
    ),
  )
})

test("holds no more than its limits, and counts what does not fit", () => {
  const counts = createCounts({ records: 5, recordsOfDomain: 3, domains: 2 })
  for (let no = 0; no < 10; no += 1) counts.add(1, seenAs("a.test", { sourceIp: `192.0.2.${no}` }))
  for (let no = 0; no < 10; no += 1) counts.add(1, seenAs("b.test", { sourceIp: `192.0.2.${no}` }))
  counts.add(1, seenAs("a.test", { sourceIp: "192.0.2.0" }))
  counts.add(1, seenAs("c.test", {}))
  const taken = counts.take()
  assert.deepEqual(
    taken.map(({ policy, records, others }) => [policy.domain, records.length, others]),
    [
      ["a.test", 3, 7],
      ["b.test", 2, 8],
    ],
  )
  assert.equal(taken[0]?.records[0]?.count, 2)
  assert.deepEqual(counts.take(), [])
})

test("the policy is the one that was seen last", () => {
  const counts = createCounts(limits)
  counts.add(1, seenAs("a.test", {}))
  const later = seenAs("a.test", {})
  counts.add(1, { ...later, policy: { ...later.policy, policy: "reject" } })
  const [only] = counts.take()
  assert.equal(only?.policy.policy, "reject")
  assert.equal(only.records[0]?.count, 2)
})
