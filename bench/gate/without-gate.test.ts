import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { applyEdit } from "../../promises/scratch-copy.ts"
import { takenOut } from "./without-gate.ts"

test("each place that the bench takes out stands in the source, once", () => {
  for (const edit of [takenOut, ...(takenOut.also ?? [])]) {
    const source = readFileSync(join(import.meta.dirname, "../..", edit.file), "utf8")
    assert.notEqual(applyEdit(source, edit, takenOut.name), source)
  }
})
