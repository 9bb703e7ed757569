import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { DELAY_NOTICE_MS, KEPT_TRYING_MS, nextTry } from "./schedule.ts"

const minute = 60_000
const chanceOf = (value: number) => ({
  bytes(count: number) {
    const bytes = Buffer.alloc(count)
    bytes.writeUInt16BE(value)
    return bytes
  },
})
const middle = chanceOf(0x8000)
const sofar = { attempts: 1, notBefore: 0, expiresAt: KEPT_TRYING_MS, toldOfDelay: false }

test("waits longer from try to try, four hours at most", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 50].map(attempts => {
    const next = nextTry({ ...sofar, attempts }, 0, middle)
    return next.kind === "again" ? next.afterMs / minute : undefined
  })
  assert.deepEqual(waits, [5, 15, 30, 60, 120, 240, 240, 240])
})

test("spreads tries that failed together by a tenth to either side", () => {
  const waits = [0, 0xffff].map(value => {
    const next = nextTry(sofar, 0, chanceOf(value))
    return next.kind === "again" ? Math.round(next.afterMs / 1000) : undefined
  })
  assert.deepEqual(waits, [270, 330])
})

test("tells of a delay once, when four hours have passed since it could first be tried", () => {
  const tells = (now: number, toldOfDelay: boolean) => {
    const next = nextTry({ ...sofar, notBefore: 1000, toldOfDelay }, now, middle)
    return next.kind === "again" && next.tellOfDelay
  }
  assert.deepEqual(
    [
      tells(DELAY_NOTICE_MS + 999, false),
      tells(DELAY_NOTICE_MS + 1000, false),
      tells(DELAY_NOTICE_MS + 1000, true),
    ],
    [false, true, false],
  )
})

test("tries until the time is over, once more just then, and never after", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 1, max: KEPT_TRYING_MS }),
      (value, expiresAt) => {
        let now = 0
        for (let attempts = 1; ; attempts++) {
          assert.ok(attempts < 100, "it is tried without end")
          const next = nextTry({ ...sofar, attempts, expiresAt }, now, chanceOf(value))
          if (next.kind === "given-up") break
          assert.ok(next.afterMs > 0)
          now += next.afterMs
        }
        assert.equal(now, expiresAt)
      },
    ),
  )
})
