import assert from "node:assert/strict"
import { test } from "node:test"
import { examineLedger } from "./ledger.ts"

test("an event may wait for five seconds; longer wants a look at once", () => {
  assert.equal(examineLedger({ waitingFor: () => 0 }).state, "well")
  assert.equal(examineLedger({ waitingFor: () => 5_000 }).state, "well")
  const { state, says, todo } = examineLedger({ waitingFor: () => 61_400 })
  assert.equal(state, "wrong")
  assert.match(says, /for 61 s/)
  assert.match(todo ?? "", /ledger verify/)
})
