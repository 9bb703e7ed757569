import assert from "node:assert/strict"
import { test } from "node:test"
import { maxResultsBytes, readCheckResults } from "./check-results.ts"

test("reads what was last found of each promise", () => {
  const text =
    '{"format":1,"results":{"POL-1":{"state":"passed","at":"2026-11-26T00:00:00.000Z"},"MAIL-3":{"state":"in-part","at":"2026-11-25T00:00:00.000Z"}}}'
  const read = readCheckResults(text)
  assert.deepEqual(read?.get("POL-1"), { state: "passed", at: Date.UTC(2026, 10, 26) })
  assert.deepEqual(read?.get("MAIL-3"), { state: "in-part", at: Date.UTC(2026, 10, 25) })
  assert.equal(read?.get("POL-2"), undefined)
})

test("takes nothing else for a file of results", () => {
  const wrong = [
    "",
    "{",
    "{}",
    '{"format":2,"results":{}}',
    '{"format":1,"results":{"POL-1":{"state":"proven","at":"2026-11-26T00:00:00.000Z"}}}',
    '{"format":1,"results":{"POL-1":{"state":"passed","at":"yesterday"}}}',
    `{"format":1,"results":{}}${" ".repeat(maxResultsBytes)}`,
  ]
  for (const text of wrong) assert.equal(readCheckResults(text), undefined, text.slice(0, 80))
})
