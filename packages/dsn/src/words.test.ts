import assert from "node:assert/strict"
import { test } from "node:test"
import { explain } from "./explain.ts"
import { readStatus } from "./status.ts"
import { typedAddress } from "./typed-value.ts"
import { wantsReport } from "./wants-report.ts"
import { wordsFor } from "./words.ts"

test("has words for every code, known or not", () => {
  for (let subject = 0; subject < 10; subject += 1)
    for (let detail = 0; detail < 60; detail += 1) {
      const { meaning, advice } = wordsFor(`5.${subject}.${detail}`)
      assert.match(meaning, /^[a-z]/)
      assert.match(advice, /^[A-Z].*\.$/)
    }
  assert.equal(wordsFor("5.1.99").meaning, wordsFor("5.1.0").meaning)
  assert.notEqual(wordsFor("5.7.99").meaning, wordsFor("5.9.0").meaning)
})

test("makes one sentence of server, meaning and what comes next", () => {
  const base = { final: typedAddress("bob@far.test"), remoteMta: { type: "dns", value: "mx" } }
  assert.equal(
    explain({ ...base, action: "failed", status: "5.2.2" }).sentence,
    "The server of far.test says that the mailbox is full.",
  )
  assert.equal(explain({ ...base, action: "delivered", status: "2.1.5" }).said, undefined)
  assert.match(explain({ ...base, action: "relayed", status: "2.1.9" }).sentence, /sends no such reports/)
  assert.match(
    explain({ ...base, final: typedAddress("bob"), action: "failed", status: "5.1.3" }).sentence,
    /^The other server says/,
  )
})

test("reads codes, and refuses what only looks like one", () => {
  for (const [text, code] of [
    ["5.1.1", "5.1.1"],
    [" 4.2.2 (mailbox full)", "4.2.2"],
    ["5.001.010", "5.1.10"],
    ["2.0.0;", "2.0.0"],
  ])
    assert.equal(readStatus(text ?? ""), code)
  for (const text of ["", "3.1.1", "5.1", "5.1.1.1", "5.1.1234", "x5.1.1", "5,1,1"])
    assert.equal(readStatus(text), undefined, text)
})

test("reports to those alone who want to hear of it, and never about a report", () => {
  const ask = (action: Parameters<typeof wantsReport>[0]["action"], more: object = {}) =>
    wantsReport({ reversePath: "a@a.test", action, ...more })
  assert.equal(ask("failed"), true)
  assert.equal(ask("delayed"), true)
  assert.equal(ask("delivered"), false)
  assert.equal(ask("relayed"), false)
  assert.equal(ask("failed", { reversePath: "" }), false)
  assert.equal(ask("failed", { reversePath: "", notify: ["failure"] }), false)
  assert.equal(ask("failed", { notify: ["never"] }), false)
  assert.equal(ask("failed", { notify: ["success"] }), false)
  assert.equal(ask("delayed", { notify: ["failure"] }), false)
  assert.equal(ask("delivered", { notify: ["success"] }), true)
  assert.equal(ask("expanded", { notify: ["success", "failure"] }), true)
  assert.equal(ask("relayed", { notify: ["success"] }), true)
  assert.equal(ask("relayed", { notify: ["success"], nextReports: true }), false)
})
