import assert from "node:assert/strict"
import { test } from "node:test"
import { createCounts } from "@letterkeep/tls-rpt"
import { systemChance } from "../../ports/chance.ts"
import { recordingLog } from "../../ports/log.ts"
import { createCollector } from "./collector.ts"
import { dayMs } from "./days.ts"
import type { Batch } from "./kept-counts.ts"
import { expired, safe } from "./open-test-reports.ts"

/** A collector over a table in memory that fails when it is told to, before or after it has taken what came. */
function opened() {
  const clock = { at: Date.parse("2026-03-04T23:59:00Z"), now: () => clock.at }
  const log = recordingLog()
  const taken: Batch[] = []
  const state: { fails: "never" | "before" | "after" } = { fails: "never" }
  const kept = {
    async add(batch: Batch) {
      if (state.fails === "before") throw new Error("the database is away")
      const known = taken.find(one => one.process === batch.process && one.number === batch.number)
      if (known === undefined) taken.push(batch)
      else assert.deepEqual(known, batch)
      if (state.fails === "after") throw new Error("the answer was lost")
    },
  }
  const collector = createCollector({ kept, clock, chance: systemChance, log })
  const sumOf = (domain: string, day: number): number => {
    const sums = createCounts()
    for (const { counts } of taken)
      for (const one of counts) if (one.domain === domain && one.day === day) sums.addAll(one.policies)
    return sums.reports().reduce((sum, { successful, failed }) => sum + successful + failed, 0)
  }
  return { clock, log, taken, state, collector, sumOf }
}

test("counts a session on the day on which it was seen, and puts it by once", async () => {
  const { clock, collector, sumOf, taken } = opened()
  const day = Math.floor(clock.at / dayMs)
  collector.seen(safe("a.test"))
  clock.at += 60_000
  collector.seen(safe("a.test"))
  collector.seen(expired("b.test"))
  await collector.flush()
  await collector.flush()
  assert.deepEqual([sumOf("a.test", day), sumOf("a.test", day + 1), sumOf("b.test", day + 1)], [1, 1, 1])
  assert.equal(taken.length, 1)
})

for (const fails of ["before", "after"] as const)
  test(`loses and doubles nothing where putting by fails ${fails} it has worked`, async () => {
    const { clock, collector, sumOf, state } = opened()
    const day = Math.floor(clock.at / dayMs)
    collector.seen(safe("a.test"))
    state.fails = fails
    await assert.rejects(collector.flush())
    collector.seen(safe("a.test"))
    await assert.rejects(collector.flush())
    state.fails = "never"
    collector.seen(safe("a.test"))
    await Promise.all([collector.flush(), collector.flush()])
    assert.equal(sumOf("a.test", day), 3)
  })

test("holds so many domains and no more, says how many sessions it left out, and goes on once they are put by", async () => {
  const { clock, collector, log, sumOf, taken } = opened()
  const day = Math.floor(clock.at / dayMs)
  for (let n = 0; n < 60_000; n += 1) collector.seen(safe(`${n}.test`))
  await collector.flush()
  const domains = taken.flatMap(({ counts }) => counts).length
  assert.ok(domains >= 15_000 && domains <= 50_000, String(domains))
  assert.ok(taken.every(({ counts }) => counts.length <= 100))
  const left = log.events.find(({ name }) => name === "sending.tls-sessions-left-out")
  assert.equal(left?.fields.sessions, 60_000 - domains)
  collector.seen(safe("59999.test"))
  await collector.flush()
  assert.equal(sumOf("59999.test", day), 1)
})
