import assert from "node:assert/strict"
import { test } from "node:test"
import { policyVersion, rulesFault, rulesHash, rulesVersions } from "./rules.ts"

test("the rules are those of the newest version, unless that is still being written", () => {
  assert.equal(rulesFault(rulesVersions, { version: policyVersion, sha256: rulesHash() }), undefined)
})

test("a change of the rules without a new version is refused", () => {
  const released = [{ version: 1, sha256: "aa" }]
  assert.equal(rulesFault(released, { version: 1, sha256: "aa" }), undefined)
  assert.match(rulesFault(released, { version: 1, sha256: "bb" }) ?? "", /add version 2 .*bb/)
})

test("a new version is written freely until it is released", () => {
  const writing = [
    { version: 1, sha256: "aa" },
    { version: 2, sha256: undefined },
  ]
  assert.equal(rulesFault(writing, { version: 2, sha256: "whatever" }), undefined)
  assert.match(rulesFault(writing, { version: 1, sha256: "aa" }) ?? "", /policyVersion is 1/)
})

test("no version before the newest is without its hash, and none is missing", () => {
  const open = { version: 1, sha256: undefined }
  assert.match(
    rulesFault([open, { version: 2, sha256: "b" }], { version: 2, sha256: "b" }) ?? "",
    /only the newest/,
  )
  assert.match(rulesFault([{ version: 2, sha256: "b" }], { version: 2, sha256: "b" }) ?? "", /without a gap/)
  assert.match(rulesFault([], { version: 1, sha256: "a" }) ?? "", /none/)
})
