import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { readColumnTags } from "../../store/column-tags.ts"
import { categories, isCategory } from "./categories.ts"

const folder = new URL("../../store/migrations/", import.meta.url)
const sql = readdirSync(folder)
  .filter(name => name.endsWith(".sql"))
  .sort()
  .map(name => readFileSync(new URL(name, folder), "utf8"))
  .join("\n")
const tagged = new Set(
  readColumnTags(sql).flatMap(table => table.columns.map(column => column.tag?.category)),
)

test("every category that a column is tagged with is in the registry, as stored", () => {
  assert.ok(tagged.size > 5, "no tags were read")
  for (const key of tagged) {
    if (key === undefined || key === "system") continue // scripts/check-columns.ts refuses a column without a tag
    assert.ok(isCategory(key), `${key} is not in categories.ts`)
    assert.equal(categories[key].held, "stored", key)
  }
})

test("every category that the registry calls stored is the tag of a column", () => {
  for (const [key, { held }] of Object.entries(categories))
    if (held === "stored") assert.ok(tagged.has(key), `no column holds ${key}`)
})
