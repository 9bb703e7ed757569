import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { longestHold, readHoldFor, readHoldUntil, releaseOffer } from "./release.ts"

const now = Date.UTC(2026, 10, 26, 9, 30, 0, 400)
const day = 24 * 60 * 60
const offer = { mostSeconds: 30 * day, now: () => now }

test("reads how many seconds a message is to wait, from now", () => {
  for (const [value, seconds] of [
    ["1", 1],
    ["3600", 3600],
    ["2592000", 30 * day],
  ] as const)
    assert.deepEqual(readHoldFor(value, offer), {
      kind: "release",
      release: { at: now + seconds * 1000, request: `for;${value}` },
    })
  assert.equal(readHoldFor("999999999", { ...offer, mostSeconds: longestHold }).kind, "release")
})

for (const value of ["", "0", "01", "-1", "+1", "1.5", "1e3", "1 ", "0x10", "1000000000", "١", "soon"])
  test(`takes "${value}" for no number of seconds`, () => {
    assert.deepEqual(readHoldFor(value, offer), { kind: "malformed" })
  })

test("reads a moment in UTC, with or without parts of a second, in letters of either case", () => {
  for (const [value, at] of [
    ["2026-12-01T09:00:00Z", Date.UTC(2026, 11, 1, 9)],
    ["2026-12-01t09:00:00z", Date.UTC(2026, 11, 1, 9)],
    ["2026-12-01T09:00:00.5Z", Date.UTC(2026, 11, 1, 9, 0, 0, 500)],
    ["2026-12-01T09:00:00.000000001Z", Date.UTC(2026, 11, 1, 9, 0, 0, 1)],
    ["2026-12-01T23:59:60Z", Date.UTC(2026, 11, 2)],
    ["2026-11-26T09:30:01Z", Date.UTC(2026, 10, 26, 9, 30, 1)],
  ] as const)
    assert.deepEqual(
      readHoldUntil(value, offer),
      { kind: "release", release: { at, request: `until;${value.toUpperCase()}` } },
      value,
    )
  const leap = { mostSeconds: longestHold, now: () => now }
  assert.equal(readHoldUntil("2028-02-29T00:00:00Z", leap).kind, "release")
})

for (const value of [
  "",
  "2026-12-01",
  "2026-12-01T09:00Z",
  "2026-12-01T09:00:00",
  "2026-12-01T09:00:00+00:00",
  "2026-12-01T09:00:00+01:00",
  "2026-12-01 09:00:00Z",
  "2026-12-01T09:00:00.Z",
  "2026-12-01T09:00:00.0000000000Z",
  "2026-12-01T24:00:00Z",
  "2026-12-01T09:60:00Z",
  "2026-12-01T09:00:61Z",
  "2026-13-01T09:00:00Z",
  "2026-00-01T09:00:00Z",
  "2026-12-00T09:00:00Z",
  "2026-11-31T09:00:00Z",
  "2027-02-29T09:00:00Z",
  "26-12-01T09:00:00Z",
  "+002026-12-01T09:00:00Z",
  "0026-12-01T09:00:00Z",
  "1764579600",
  "tomorrow",
])
  test(`takes "${value}" for no moment`, () => {
    assert.deepEqual(readHoldUntil(value, { ...offer, mostSeconds: longestHold }), { kind: "malformed" })
  })

test("tells what is over, what is now, and what is too far ahead", () => {
  const until = (ms: number): string => readHoldUntil(new Date(ms).toISOString(), offer).kind
  assert.equal(until(now - 1), "past")
  assert.equal(until(now), "past")
  assert.equal(until(now + 1), "release")
  assert.equal(until(now + offer.mostSeconds * 1000), "release")
  assert.equal(until(now + offer.mostSeconds * 1000 + 1), "too-far")
  assert.equal(readHoldFor(String(offer.mostSeconds + 1), offer).kind, "too-far")
})

test("offers what it takes, both ways", () => {
  assert.equal(releaseOffer(offer), "2592000 2026-12-26T09:30:00Z")
  fc.assert(
    fc.property(fc.integer({ min: 1, max: longestHold }), fc.integer({ min: 0, max: 4e12 }), (most, at) => {
      const any = { mostSeconds: most, now: () => at }
      const [seconds = "", latest = ""] = releaseOffer(any).split(" ")
      assert.equal(readHoldFor(seconds, any).kind, "release")
      const read = readHoldUntil(latest, any)
      // Within the last second there is no whole one left to name.
      if (most > 1) assert.equal(read.kind, "release")
    }),
  )
})

test("throws on nothing, whatever stands there", () => {
  fc.assert(
    fc.property(fc.string(), text => {
      readHoldFor(text, offer)
      readHoldUntil(text, offer)
    }),
  )
})
