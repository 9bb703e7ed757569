import assert from "node:assert/strict"
import { test } from "node:test"
import { maxResultsBytes, readCheckResults } from "./check-results.ts"

const rules = "a".repeat(64)

test("reads what was last found of each promise", () => {
  const text = `{"format":2,"results":{"POL-1":{"state":"passed","at":"2026-11-26T00:00:00.000Z","rules":"${rules}"},"MAIL-3":{"state":"in-part","at":"2026-11-25T00:00:00.000Z","rules":"${rules}"}}}`
  const read = readCheckResults(text)
  assert.deepEqual(read?.get("POL-1"), { state: "passed", at: Date.UTC(2026, 10, 26), rules })
  assert.deepEqual(read?.get("MAIL-3"), { state: "in-part", at: Date.UTC(2026, 10, 25), rules })
  assert.equal(read?.get("POL-2"), undefined)
})

test("takes nothing else for a file of results", () => {
  const wrong = [
    "",
    "{",
    "{}",
    '{"format":1,"results":{}}',
    `{"format":2,"results":{"POL-1":{"state":"proven","at":"2026-11-26T00:00:00.000Z","rules":"${rules}"}}}`,
    `{"format":2,"results":{"POL-1":{"state":"passed","at":"yesterday","rules":"${rules}"}}}`,
    '{"format":2,"results":{"POL-1":{"state":"passed","at":"2026-11-26T00:00:00.000Z"}}}',
    '{"format":2,"results":{"POL-1":{"state":"passed","at":"2026-11-26T00:00:00.000Z","rules":"v1"}}}',
    `{"format":2,"results":{}}${" ".repeat(maxResultsBytes)}`,
  ]
  for (const text of wrong) assert.equal(readCheckResults(text), undefined, text.slice(0, 80))
})
