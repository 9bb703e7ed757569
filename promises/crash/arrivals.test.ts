import assert from "node:assert/strict"
import { test } from "node:test"
import { type Arrival, compareArrived } from "./arrivals.ts"
import { createSentLog } from "./sent-log.ts"

const to = "a@far.test"
const letter = (body = "hello") =>
  Buffer.from(`From: <x@near.test>\r\nMessage-ID: <1.trial1x@near.test>\r\n\r\n${body}\r\n`)
const arrived = (at: number, more: Partial<Arrival> = {}): Arrival => ({
  text: Buffer.concat([Buffer.from("DKIM-Signature: v=1\r\n"), letter()]),
  to: [to],
  at,
  ...more,
})

function compare(answer: "yes" | "no" | "lost", kills: readonly number[], ...arrivals: Arrival[]) {
  const log = createSentLog()
  log.tried("trial1x", letter(), [to])
  if (answer === "yes") log.accepted("trial1x")
  if (answer === "no") log.refused("trial1x")
  return compareArrived({ log, recipients: [to], kills, inFlightMs: 5_000 }, arrivals)
}

test("is content with what was accepted and came once", () => {
  assert.deepEqual(compare("yes", [], arrived(1)), { wrong: [], repeats: 0 })
})

test("notices what was lost, altered, refused or never sent", () => {
  assert.match(compare("yes", []).wrong[0] ?? "", /trial1x to a@far\.test was lost/)
  assert.match(compare("yes", [], arrived(1, { text: letter("Hello") })).wrong[0] ?? "", /altered/)
  assert.match(compare("no", [], arrived(1)).wrong[0] ?? "", /refused/)
  assert.match(compare("yes", [], arrived(1), arrived(1, { to: ["b@far.test"] })).wrong[0] ?? "", /nobody/)
})

test("lets a message whose answer was lost come or not", () => {
  assert.deepEqual(compare("lost", []).wrong, [])
  assert.deepEqual(compare("lost", [], arrived(1)).wrong, [])
})

test("counts what came again behind a kill that had it in flight, and takes no other repeat", () => {
  assert.deepEqual(compare("yes", [2_000], arrived(1_000), arrived(9_000)), { wrong: [], repeats: 1 })
  assert.match(compare("yes", [], arrived(1_000), arrived(9_000)).wrong[0] ?? "", /again, 8000 ms/)
  assert.equal(compare("yes", [500], arrived(1_000), arrived(9_000)).wrong.length, 1)
  assert.equal(compare("yes", [8_000], arrived(1_000), arrived(9_000)).wrong.length, 1)
  assert.equal(compare("yes", [2_000], arrived(1_000), arrived(9_000), arrived(9_500)).wrong.length, 1)
})
