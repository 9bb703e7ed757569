import assert from "node:assert/strict"
import { test } from "node:test"
import { createMetrics, maxSeries } from "./metrics.ts"

test("shows a counter's every series from zero on, and counts", () => {
  const metrics = createMetrics()
  const kept = metrics.counter("letterkeep_messages_total", "Messages by outcome", {
    outcome: ["kept", "refused"],
  })
  kept.with({ outcome: "kept" }).add()
  kept.with({ outcome: "kept" }).add(2)
  assert.equal(
    metrics.render(),
    `# HELP letterkeep_messages_total Messages by outcome
# TYPE letterkeep_messages_total counter
letterkeep_messages_total{outcome="kept"} 3
letterkeep_messages_total{outcome="refused"} 0
`,
  )
})

test("renders gauges, set and read", () => {
  const metrics = createMetrics()
  const open = metrics.gauge("letterkeep_connections", "Open").with({})
  open.add(3)
  open.add(-1)
  metrics.readGauge("letterkeep_heap_bytes", "Heap", () => 7)
  assert.match(metrics.render(), /^letterkeep_connections 2$/m)
  assert.match(metrics.render(), /^letterkeep_heap_bytes 7$/m)
})

test("puts an observation into its bucket, edges included, and sums up", () => {
  const metrics = createMetrics()
  const took = metrics
    .histogram("letterkeep_commit_seconds", "Commit", [0.5, 1], { door: ["smtp"] })
    .with({ door: "smtp" })
  for (const value of [0.25, 0.5, 0.75, 9]) took.observe(value)
  assert.equal(
    metrics.render(),
    `# HELP letterkeep_commit_seconds Commit
# TYPE letterkeep_commit_seconds histogram
letterkeep_commit_seconds_bucket{door="smtp",le="0.5"} 2
letterkeep_commit_seconds_bucket{door="smtp",le="1"} 3
letterkeep_commit_seconds_bucket{door="smtp",le="+Inf"} 4
letterkeep_commit_seconds_sum{door="smtp"} 10.5
letterkeep_commit_seconds_count{door="smtp"} 4
`,
  )
})

test("refuses a label value that was not declared", () => {
  const counter = createMetrics().counter("letterkeep_x_total", "X", { why: ["a"] })
  // @ts-expect-error: not one of the declared values
  assert.throws(() => counter.with({ why: "alice@example.com" }), RangeError)
})

test("refuses declarations that are unbounded, doubled or misnamed", () => {
  const metrics = createMetrics()
  const many = Array.from({ length: maxSeries + 1 }, (_, at) => `v${at}`)
  assert.throws(() => metrics.gauge("letterkeep_many", "", { v: many }), RangeError)
  assert.throws(() => metrics.counter("letterkeep_things", ""), TypeError)
  assert.throws(() => metrics.gauge("things", ""), TypeError)
  assert.throws(() => metrics.gauge("letterkeep_l", "", { v: ['"'] }), TypeError)
  metrics.gauge("letterkeep_once", "")
  assert.throws(() => metrics.gauge("letterkeep_once", ""), TypeError)
  assert.throws(() => metrics.histogram("letterkeep_h", "", [2, 1]), RangeError)
})

test("refuses to let a counter shrink", () => {
  const counter = createMetrics().counter("letterkeep_x_total", "X").with({})
  assert.throws(() => counter.add(-1), RangeError)
  assert.throws(() => counter.add(Number.NaN), RangeError)
})
