import assert from "node:assert/strict"
import { test } from "node:test"
import { examinePolicy } from "./policy.ts"

test("finds what the operator has not said of themselves, and how to say it", () => {
  assert.equal(examinePolicy([], false).state, "well")
  const finding = examinePolicy(["address", "regions"], false)
  assert.equal(finding.state, "look")
  assert.match(finding.says, /address, regions/)
  assert.match(finding.todo ?? "", /\[operator\] address, \[operator\] regions/)
})

test("asks that the regions name where a given database stands, and of the server's own says nothing", () => {
  for (const missing of [[], ["regions"]]) {
    const words = (isGiven: boolean) => {
      const { says, todo = "" } = examinePolicy(missing, isGiven)
      return says + todo
    }
    assert.match(words(true), /\[operator\] regions has to name the country where the given database stands/)
    assert.doesNotMatch(words(false), /database/)
  }
})
