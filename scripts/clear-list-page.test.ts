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

/** Each column with its category, and its form where it has one. */
function page(...columns: string[]): string {
  const lines = columns.map(each => {
    const [column, form] = each.split(" | ")
    return `${column} | account | while it lives | row${form === undefined ? "" : ` | ${form}`}`
  })
  return clearListPage(readColumnTags(`create table letter ( --: table per-account\n${lines.join("\n")}\n);`))
}

test("puts a column among those in the clear, whatever its name, unless its tag says otherwise", () => {
  const text = page(
    "subject_sealed text, --: user.communications.metadata",
    "body bytea, --: user.content.private.sealed | sealed to the person",
    "name bytea, --: user.content.private.mailboxes | sealed to the server",
    "sender bytea --: user.communications.hashed | hashed",
  )
  const sections = text.split(/^## .*$/m).slice(1)
  assert.deepEqual(
    sections.map(section => [...section.matchAll(/^\| `letter` \| (\S+) \|/gm)].map(([, name]) => name)),
    [["`subject_sealed`"], ["`sender`"], ["`name`"], ["`body`"]],
  )
})

test("says of what stands beside sealed data that it is not that", () => {
  const text = page(
    "key bytea, --: user.keys.wrapped | sealed to the person",
    "since date --: user.keys.wrapped",
  )
  assert.match(text, /`since` \| Kinds, numbers and dates that stand beside: /)
  assert.match(text, /`key` \| Private keys/)
})

test("says of what has its checksum beside it that it is the thing itself", () => {
  const made = clearListPage(tablesOf(readMigrations()))
  for (const [row, about] of [
    ["`address` | `address`", "Mail addresses"],
    ["`vault` | `public_key`", "The public keys"],
  ])
    assert.ok(made.includes(`| ${row} | ${about}`), row)
  const text = page("name text, --: user.preferences", "mac bytea --: user.preferences | hashed")
  assert.match(text, /`name` \| What a person has set/)
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
