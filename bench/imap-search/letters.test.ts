import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { test } from "node:test"
import { writeLetters } from "./letters.ts"
import { makeKinds } from "./queries.ts"

const folder = mkdtempSync(path.join(tmpdir(), "lk-letters-"))
const corpus = writeLetters(path.join(folder, "corpus"), 1_000)
const bytes = readFileSync(corpus.file)
rmSync(folder, { recursive: true })
const messages = corpus.ends.map((end, no) => bytes.toString("latin1", corpus.ends[no - 1] ?? 0, end))
const bodyOf = (message: string) => message.slice(message.indexOf("\r\n\r\n"))

test("counts in how many bodies each word is", () => {
  const bodies = messages.map(message => new Set(bodyOf(message).split(/\s+/)))
  for (let word = 0; word < corpus.words.length; word += 611) {
    const found = bodies.filter(words => words.has(corpus.words[word] ?? "")).length
    assert.equal(corpus.inBodies[word], found, corpus.words[word])
  }
})

test("falls off as words do: some in most messages, most in few", () => {
  const counts = [...corpus.inBodies].sort((a, b) => b - a)
  assert.ok((counts[0] ?? 0) > 500)
  assert.ok((counts[20_000] ?? 0) <= 1)
})

test("chooses queries that are all different and find something", () => {
  const folded = messages.map(message => message.toLowerCase())
  for (const { name, queries } of makeKinds(corpus, 10)) {
    assert.equal(new Set(queries).size, queries.length, name)
    assert.ok(queries.length > 0, name)
    // those of two keys, and those joined by OR, ask for more than one string
    if (name === "two" || name === "quick") continue
    for (const query of queries) {
      const wanted = /"([^"]+)"$/.exec(query)?.[1]?.toLowerCase() ?? "?"
      assert.ok(
        folded.some(message => message.includes(wanted)),
        query,
      )
    }
  }
})
