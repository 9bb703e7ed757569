import assert from "node:assert/strict"
import { test } from "node:test"
import { createPace } from "./pace.ts"

test("gives so many a second, and no more at once than the burst after any pause", () => {
  let now = 0
  const pace = createPace({ now: () => now }, { perSecond: 2, burst: 3 })
  const took = () => Array.from({ length: 10 }, () => pace.take()).filter(Boolean).length
  assert.equal(took(), 3)
  now = 500
  assert.equal(took(), 1)
  now = 100_000
  assert.equal(took(), 3)
  now = 0 // a clock that is set back gives nothing
  assert.equal(took(), 0)
})
