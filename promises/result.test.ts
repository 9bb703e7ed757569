import assert from "node:assert/strict"
import { test } from "node:test"
import { resultOf } from "./result.ts"

const promised = { id: "X-1", title: "x", sentence: "X.", shownBy: "x" }
const passed = { id: "X-1", state: "proven", ms: 5, detail: "3 tests passed" } as const
const failed = { id: "X-1", state: "failed", ms: 5, detail: "it broke" } as const

test("calls a promise open that has no check, and one whose check covers a part of it", () => {
  assert.equal(resultOf(promised, undefined).state, "open")
  assert.deepEqual(resultOf({ ...promised, missing: "JMAP" }, passed), {
    ...passed,
    state: "open",
    detail: "3 tests passed; not checked yet: JMAP",
  })
})

test("calls a promise proven or failed as its check went, and failed even where the check is a part of it", () => {
  assert.deepEqual(resultOf(promised, passed), passed)
  assert.deepEqual(resultOf(promised, failed), failed)
  assert.deepEqual(resultOf({ ...promised, missing: "JMAP" }, failed), failed)
})
