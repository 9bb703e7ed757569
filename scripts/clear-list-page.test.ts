import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { readColumnTags } from "../server/src/store/column-tags.ts"
import { readMigrations } from "../server/src/store/migrations.ts"
import { tablesOf } from "../server/src/store/untagged-columns.ts"
import { clearListPage } from "./clear-list-page.ts"

test("docs/what-lies-in-the-clear.md is what the migrations say (write it with node scripts/write-clear-list.ts)", () => {
  const page = readFileSync(new URL("../docs/what-lies-in-the-clear.md", import.meta.url), "utf8")
  assert.equal(page, clearListPage(tablesOf(readMigrations())))
})

const page = (...columns: string[]): string =>
  clearListPage(
    readColumnTags(
      `create table letter ( --: table per-account\n${columns.map(each => `${each} | account | while it lives | row`).join("\n")}\n);`,
    ),
  )

test("puts a new column among those in the clear, unless it says that it is sealed or hashed", () => {
  const text = page(
    "subject text, --: user.communications.metadata",
    "subject_sealed bytea, --: user.content.private.sealed",
    "subject_hash bytea --: user.communications.hashed",
  )
  const [clear = "", hashed = "", sealed = ""] = text.split(/^## .*$/m).slice(1)
  assert.match(clear, /`letter\.subject`/)
  assert.match(hashed, /`letter\.subject_hash`/)
  assert.match(sealed, /`letter\.subject_sealed`/)
  assert.doesNotMatch(clear, /subject_/)
})

test("names what lies in the clear outside of the database, keys and links among it", () => {
  const [outside = ""] = page("id bigint, --: system").split(/^## .*$/m)
  assert.match(outside, /tls\/self-signed\.key/)
  assert.match(outside, /one-time link.*journal.*--ready-file/s)
})

test("refuses a column of a category that nobody has described, and a list of nothing", () => {
  assert.throws(() => page("mood text --: user.mood"), /letter\.mood is of no known category/)
  assert.throws(() => clearListPage([]), /read no columns/)
})
