import assert from "node:assert/strict"
import { test } from "node:test"
import { createConduct } from "./conduct.ts"
import { defaultEntranceLimits } from "./limits.ts"

test("remembers a bounded number of sources, the worst news of the most recent ones", () => {
  const conduct = createConduct({ ...defaultEntranceLimits, sources: 3, patience: 0 }, { fault: 1 }, () => 0)
  for (const source of ["a", "b", "c", "d"]) conduct.mark(source, "fault")
  assert.equal(conduct.delay("a"), 0)
  assert.ok(conduct.delay("d") > 0)
})

test("counts open connections exactly, however many come and go", () => {
  const conduct = createConduct({ ...defaultEntranceLimits, connectionsPerSource: 1 }, { fault: 1 }, () => 0)
  for (let at = 0; at < 10; at += 1) {
    assert.equal(conduct.enter("a"), "welcome")
    assert.equal(conduct.enter("a"), "too-many")
    conduct.leave("a")
  }
})
