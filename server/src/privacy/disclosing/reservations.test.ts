import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { LedgerEvent } from "../ledger/contract.ts"
import {
  createReservations,
  largestReservation,
  reservationLasts,
  smallestReservation,
} from "./reservations.ts"

const categories = ["user.communications.domain"] as const

function open() {
  const time = { now: 0 }
  const written: number[] = []
  const behaviour = { fails: false }
  const recordNow = async (_subject: unknown, event: LedgerEvent): Promise<void> => {
    await Promise.resolve()
    if (behaviour.fails) throw new Error("no database")
    if (event.kind === "disclosure") written.push(event.count)
  }
  const reservations = createReservations({ recordNow }, { now: () => time.now })
  const take = () => reservations.take("mail.screen", "dns", () => categories)
  const promised = () => written.reduce((sum, count) => sum + count, 0)
  return { time, written, behaviour, take, promised }
}

test("writes nothing before the first, and one row for the first few", async () => {
  const { written, take } = open()
  assert.deepEqual(written, [])
  for (let no = 0; no < smallestReservation / 2; no += 1) await take()
  assert.deepEqual(written, [smallestReservation])
})

test("never more has left than was written, whatever comes when and fails between", async () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("take" as const), many: fc.integer({ min: 1, max: 200 }) }),
    },
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 2 * reservationLasts }) }),
    fc.record({ kind: fc.constant("fail" as const), fails: fc.boolean() }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const { time, behaviour, take, promised, written } = open()
      let left = 0
      for (const one of steps)
        if (one.kind === "pass") time.now += one.ms
        else if (one.kind === "fail") behaviour.fails = one.fails
        else
          await Promise.allSettled(
            Array.from({ length: one.many }, async () => {
              await take()
              left += 1
              assert.ok(left <= promised(), `${left} have left, ${promised()} are written`)
            }),
          )
      assert.ok(left <= promised())
      assert.ok(written.every(count => count >= smallestReservation && count <= largestReservation))
    }),
    { numRuns: 200 },
  )
})

test("many at once share a row and do not write one each", async () => {
  const { written, take } = open()
  await Promise.all(Array.from({ length: 20 }, take))
  assert.deepEqual(written, [smallestReservation])
})

test("a row is no longer used when its time is over", async () => {
  const { time, written, take } = open()
  await take()
  time.now += reservationLasts - 1
  await take()
  assert.equal(written.length, 1)
  time.now += 1
  await take()
  assert.equal(written.length, 2)
})

test("rows grow while they are used up, up to a limit, and shrink when they are not", async () => {
  const { time, written, take } = open()
  for (let no = 0; no < 40_000; no += 1) await take()
  assert.equal(written.at(-1), largestReservation)
  for (let no = 0; no < 16; no += 1) {
    time.now += reservationLasts
    await take()
  }
  assert.equal(written.at(-1), smallestReservation)
})

test("who finds nothing reserved hears that the ledger failed, and the next one tries again", async () => {
  const { behaviour, take, written } = open()
  behaviour.fails = true
  await assert.rejects(take(), /no database/)
  await assert.rejects(take(), /no database/)
  behaviour.fails = false
  await take()
  assert.equal(written.length, 1)
})
