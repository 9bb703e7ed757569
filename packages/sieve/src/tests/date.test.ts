// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { holds, usualMessage } from "../../fixtures/running.ts"
import { datePart } from "../message/date-part.ts"

/** The usual message is of 2026-01-01 23:30:00 +0100; the reader's clock is an hour ahead of Greenwich. */
for (const [line, expected] of [
  ['date "date" "year" "2026"', true],
  ['date "date" "date" "2026-01-01"', true],
  ['date :zone "+0200" "date" "date" "2026-01-02"', true],
  ['date :zone "-0530" "date" "time" "17:00:00"', true],
  ['date :originalzone "date" "hour" "23"', true],
  ['date :zone "+0000" "date" "hour" "22"', true],
  ['date "date" "weekday" "4"', true],
  ['date "date" "month" ["01", "02"]', true],
  ['date "date" "day" "01"', true],
  ['date "date" "minute" "30"', true],
  ['date "date" "second" "00"', true],
  ['date "date" "julian" "61041"', true],
  ['date "date" "zone" "+0100"', true],
  ['date "date" "iso8601" "2026-01-01T23:30:00+01:00"', true],
  ['date :zone "+0000" "date" "iso8601" "2026-01-01T22:30:00Z"', true],
  ['date :zone "-0000" "date" "zone" "+0000"', true],
  ['date "date" "std11" "Thu, 01 Jan 2026 23:30:00 +0100"', true],
  ['date "subject" "year" "2026"', false],
  ['date "x-none" "year" "2026"', false],
  ['date :value "ge" "date" "hour" "18"', true],
  ['date :matches "date" "time" "23:*"', true],
  ['currentdate "date" "2026-01-15"', true],
  ['currentdate "hour" "13"', true],
  ['currentdate :zone "+0000" "hour" "12"', true],
  ['currentdate :zone "-1300" "weekday" "3"', true],
  ['allof (currentdate :value "ge" "date" "2026-01-10", currentdate :value "lt" "date" "2026-01-20")', true],
  ['allof (date :matches "date" "date" "*-*-*", string "${2}" "01")', true],
] as const) {
  test(`${line} is ${expected}`, async () => assert.equal(await holds(line), expected))
}

test("reads the date behind the last semicolon of a trace field, of the field that is asked for", async () => {
  const message = [
    "Received: from a; by b; Mon, 05 Jan 2026 10:00:00 +0000",
    "Received: from x by a; Sun, 04 Jan 2026 10:00:00 +0000",
    usualMessage,
  ].join("\n")
  assert.equal(await holds('date :index 1 "received" "day" "05"', { message }), true)
  assert.equal(await holds('date :index 1 :last "received" "day" "05"', { message }), false)
  assert.equal(await holds('date :count "eq" "received" "day" "1"', { message }), true)
  assert.equal(await holds('date "received" "day" "04"', { message }), false)
})

test("asks the reader's clock for that moment, as summers differ from winters", async () => {
  const offsetAt = (ms: number) => (ms < Date.UTC(2026, 0, 10) ? 0 : 120)
  assert.equal(await holds('date "date" "hour" "22"', { world: { offsetAt } }), true)
  assert.equal(await holds('currentdate "hour" "14"', { world: { offsetAt } }), true)
})

test("a zone or a part that a variable gets wrong is noticed when it runs", async () => {
  await assert.rejects(holds('date :zone "${none}" "date" "year" "2026"'), /no "\+0100"/)
  assert.equal(await holds('date "date" "${none}" "2026"'), false)
})

test("parts of every moment make up the moment again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -840, max: 840 }), (ms, offset) => {
      const whole = Math.floor(ms / 1000) * 1000
      assert.equal(Date.parse(datePart("iso8601", whole, offset) ?? ""), whole)
      assert.equal(Date.parse(datePart("std11", whole, offset) ?? ""), whole)
    }),
  )
})
