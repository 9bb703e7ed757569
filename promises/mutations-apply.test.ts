import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { loadCheck } from "./check-file.ts"
import { applyEdit } from "./scratch-copy.ts"

const root = join(import.meta.dirname, "..")
const folder = join(import.meta.dirname, "checks")

for (const file of readdirSync(folder)
  .filter(name => name.endsWith(".ts"))
  .sort()) {
  test(`each mutation of ${file} still finds its places in the source`, async () => {
    const { mutations } = await loadCheck(join(folder, file))
    assert.ok(mutations.length > 0, "a check without mutations shows nothing")
    for (const mutation of mutations) {
      const texts = new Map<string, string>()
      for (const edit of [mutation, ...(mutation.also ?? [])]) {
        const text = texts.get(edit.file) ?? readFileSync(join(root, edit.file), "utf8")
        texts.set(edit.file, applyEdit(text, edit, mutation.name))
      }
    }
  })
}
