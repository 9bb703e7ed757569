import assert from "node:assert/strict"
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { readConfiguration } from "./configuration/index.ts"
import { lastCheckResults, policyFacts } from "./policy-facts.ts"
import { recordingLog } from "./ports/log.ts"
import { keepingOf } from "./privacy/policy/keeping-in-force.ts"
import { testColumns } from "./privacy/policy/test-policy.ts"
import { writeDocument } from "./privacy/policy/write-document.ts"

/** What the page says of where the data lies, in prose. */
function whereOf(toml: string, environment: Record<string, string> = {}): readonly string[] {
  const from = { file: "/etc/letterkeep/letterkeep.toml", dataFolder: "/srv/letterkeep/data", environment }
  const facts = policyFacts(readConfiguration(toml, from))
  const { sections } = writeDocument(1, facts, keepingOf(testColumns))
  return sections.flatMap(({ id, statements }) => (id === "where" ? statements.map(one => one.text) : []))
}

const chosen = /database that the operator has chosen, perhaps on another machine/

test("the policy says that the data lies in a database of the operator's choice where one is given, however it is", () => {
  const url = "postgres://letterkeep@db.example.org/letterkeep"
  assert.ok(whereOf("", { DATABASE_URL: url }).some(text => chosen.test(text)))
  assert.ok(whereOf(`[store]\ndatabase_url = "${url}"`).some(text => chosen.test(text)))
})

test("the policy says nothing of another machine where the database is the server's own", () => {
  const texts = whereOf("")
  assert.ok(texts.length > 0)
  for (const text of texts) assert.doesNotMatch(text, chosen)
})

test("results of checks are read again when the file is another, and the file is looked at now and then only", async t => {
  const folder = await mkdtemp(join(tmpdir(), "letterkeep-results-"))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, "results.json")
  const log = recordingLog()
  let now = 0
  const results = lastCheckResults({ log, clock: { now: () => now } }, file)
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  const found = { state: "passed", at: "2026-11-20T00:00:00.000Z", rules: "0".repeat(64) }
  assert.equal((await results()).size, 0)
  await write(JSON.stringify({ format: 2, results: { "POL-1": found } }))
  assert.equal((await results()).size, 0, "not looked at yet")
  now = 10_000
  const first = await results()
  assert.deepEqual([...first.keys()], ["POL-1"])
  now = 20_000
  assert.equal(await results(), first, "the same map while the file is the same")
  assert.deepEqual(log.events, [])
  await write("{}")
  now = 30_000
  assert.equal((await results()).size, 0)
  assert.equal(log.events.length, 1)
  now = 40_000
  await results()
  assert.equal(log.events.length, 1, "said once")
  await rm(file)
  now = 50_000
  assert.equal((await results()).size, 0)
})
