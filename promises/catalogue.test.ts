import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { catalogue } from "./catalogue.ts"
import { loadCheck } from "./check-file.ts"
import { applyEdit } from "./scratch-copy.ts"

const ids = catalogue.map(promised => promised.id)
const checks = join(import.meta.dirname, "checks")

test("has every area in full, numbered from one without a gap, each id once", () => {
  const counts = { ACC: 13, MAIL: 10, VOX: 12, TXT: 4, REP: 8, CAMP: 12, SITE: 11, ADS: 4, PAY: 3 }
  const rest = { SHARE: 8, CHOICE: 5, SEC: 6, POL: 8, RIGHT: 6, AGG: 2, HELP: 4 }
  const expected = Object.entries({ ...counts, ...rest }).flatMap(([area, count]) =>
    Array.from({ length: count }, (_, at) => `${area}-${at + 1}`),
  )
  assert.deepEqual(ids, expected)
})

test("says each promise in a sentence of its own", () => {
  for (const { id, title, sentence, shownBy } of catalogue) {
    assert.match(sentence, /^[A-Z].*\.$/s, id)
    assert.ok(title.length > 3 && title.length < 60 && shownBy.length > 10, id)
  }
  assert.equal(new Set(catalogue.map(promised => promised.sentence)).size, catalogue.length)
})

test("has checks only for promises that it holds, each with mutations that differ in name", async () => {
  const files = readdirSync(checks).filter(name => name.endsWith(".ts"))
  assert.ok(files.length > 0)
  for (const name of files) {
    assert.ok(ids.includes(name.replace(/\.ts$/, "")), name)
    const { mutations } = await loadCheck(join(checks, name))
    assert.ok(mutations.length > 0, `${name} names no mutation`)
    assert.equal(new Set(mutations.map(mutation => mutation.name)).size, mutations.length, name)
  }
})

test("says what is missing only of promises that have a check", () => {
  const files = readdirSync(checks)
  for (const { id, missing } of catalogue) {
    if (missing !== undefined) assert.ok(files.includes(`${id}.ts`) && missing !== "", id)
  }
})

test("has mutations that still apply: each place stands in its file exactly once", async () => {
  const root = join(import.meta.dirname, "..")
  for (const name of readdirSync(checks).filter(each => each.endsWith(".ts"))) {
    for (const mutation of (await loadCheck(join(checks, name))).mutations) {
      // one after another, as they are applied: two may change one file
      const texts = new Map<string, string>()
      for (const edit of [mutation, ...(mutation.also ?? [])]) {
        const before = texts.get(edit.file) ?? readFileSync(join(root, edit.file), "utf8")
        texts.set(edit.file, applyEdit(before, edit, `${name}: ${mutation.name}`))
      }
    }
  }
})
