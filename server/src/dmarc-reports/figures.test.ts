import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { manualTimer } from "../ports/timer.ts"
import { figuresLimit, readFigures } from "./figures.ts"
import { readInThread } from "./reading.ts"
import { makeReport } from "./test-reports.ts"

const day = Date.UTC(2026, 10, 25)
const now = Date.UTC(2026, 10, 26, 3)

test("sums up what a report says of each machine", () => {
  const bytes = makeReport("near.test", day, [
    { sourceIp: "203.0.113.5", count: 100, disposition: "reject" },
    { sourceIp: "203.0.113.5", count: 20, disposition: "reject", envelopeFrom: "x.test" },
    { sourceIp: "2001:db8::1", count: 7, dkim: "pass", spf: "unsaid", disposition: "pass" },
    {
      ...{ sourceIp: "192.0.2.9", count: 3, headerFrom: "shop.near.test" },
      reasons: [{ type: "mailing_list", comment: undefined }],
    },
    { sourceIp: "192.0.2.8", count: 5, headerFrom: "elsewhere.test" },
  ])
  const read = readFigures(gzipSync(bytes), now)
  assert.deepEqual(read, {
    kind: "read",
    figures: {
      ...{ domain: "near.test", policy: "none", organization: "Far Mail", id: `near.test-${day}` },
      ...{ from: day, to: day + 86_399_000, others: 5 },
      sources: [
        { ...plain, ip: "203.0.113.5", count: 120, disposition: "reject" },
        { ...plain, ip: "2001:db8::1", count: 7, dkim: true },
        { ...plain, ip: "192.0.2.9", from: "shop.near.test", count: 3, forwarded: true },
      ],
    },
  })
})
const plain = { from: "near.test", dkim: false, spf: false, disposition: "none", forwarded: false }

test("keeps the largest sources of a long report, and the number of the rest", () => {
  const records = Array.from({ length: figuresLimit + 10 }, (_, no) => ({
    sourceIp: `10.0.${no >> 8}.${no & 255}`,
    count: no < 10 ? 1 : 2,
  }))
  const read = readFigures(makeReport("near.test", day, records), now)
  assert.ok(read.kind === "read")
  assert.equal(read.figures.sources.length, figuresLimit)
  assert.equal(read.figures.others, 10)
  assert.ok(read.figures.sources.every(({ count }) => count === 2))
})

test("leaves a report that could not be true", () => {
  const of = (from: number, more = {}) =>
    readFigures(makeReport("near.test", from, [{ sourceIp: "192.0.2.1", count: 1 }], more), now)
  assert.deepEqual(of(now - 70 * 86_400_000), { kind: "unread", why: "not-of-these-days" })
  assert.deepEqual(of(now + 5 * 86_400_000), { kind: "unread", why: "not-of-these-days" })
  assert.deepEqual(of(now - 50 * 86_400_000, { to: now }), { kind: "unread", why: "not-of-these-days" })
  const huge = readFigures(
    makeReport("near.test", day, [{ sourceIp: "192.0.2.1", count: 900_000_000_000 }]),
    now,
  )
  assert.ok(
    huge.kind === "read" && huge.figures.sources.length === 0 && huge.figures.others === 1_000_000_000,
  )
  const odd = readFigures(makeReport("near.test", day, [{ sourceIp: "1:2", count: 1 }]), now)
  assert.ok(odd.kind === "read" && odd.figures.sources.length === 0)
  assert.deepEqual(readFigures(makeReport("a b", day, [{ sourceIp: "192.0.2.1", count: 1 }]), now), {
    kind: "unread",
    why: "no-report",
  })
  assert.deepEqual(readFigures(Buffer.from("<feedback></feedback>"), now), {
    kind: "unread",
    why: "no-report",
  })
})

test("reads in a thread, which ends with its report", async () => {
  const timer = manualTimer()
  const bytes = makeReport("near.test", day, [{ sourceIp: "192.0.2.1", count: 4 }])
  const read = await readInThread({ bytes, now }, timer)
  assert.ok(read.kind === "read")
  assert.equal(read.figures.sources[0]?.count, 4)
})

test("gives up a report that takes too long", async () => {
  const timer = manualTimer()
  const bytes = makeReport("near.test", day, [{ sourceIp: "192.0.2.1", count: 4 }])
  const reading = readInThread({ bytes, now }, timer)
  timer.pass(60_000)
  assert.deepEqual(await reading, { kind: "gave-up" })
})
