import assert from "node:assert/strict"
import { test } from "node:test"
import { examineLedger } from "./ledger.ts"

test("an event may wait for five seconds; longer wants a look at once", () => {
  const lost = () => 0
  assert.equal(examineLedger({ waitingFor: () => 0, lost }).state, "well")
  assert.equal(examineLedger({ waitingFor: () => 5_000, lost }).state, "well")
  const { state, says, todo } = examineLedger({ waitingFor: () => 61_400, lost })
  assert.equal(state, "wrong")
  assert.match(says, /for 61 s/)
  assert.match(todo ?? "", /ledger verify/)
})

test("an event that was taken out before it had its number wants a look", () => {
  const { state, says, todo } = examineLedger({ waitingFor: () => 0, lost: () => 2 })
  assert.equal(state, "wrong")
  assert.match(says, /^2 of the events/)
  assert.match(todo ?? "", /ledger\.event-lost/)
})
