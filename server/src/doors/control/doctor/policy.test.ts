import assert from "node:assert/strict"
import { test } from "node:test"
import { examinePolicy } from "./policy.ts"

test("finds what the operator has not said of themselves, and how to say it", () => {
  assert.equal(examinePolicy([]).state, "well")
  const finding = examinePolicy(["address", "regions"])
  assert.equal(finding.state, "look")
  assert.match(finding.says, /address, regions/)
  assert.match(finding.todo ?? "", /\[operator\] address, \[operator\] regions/)
})
