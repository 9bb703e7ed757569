import assert from "node:assert/strict"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import { readCheckResults, rulesHash } from "../server/src/privacy/policy/index.ts"
import type { Result } from "./result.ts"
import { recordResults } from "./results-file.ts"

const result = (id: string, state: Result["state"]): Result => ({ id, state, ms: 1, detail: "" })

test("what the checks found is there for the server to read, each with the time of its own run", async t => {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const file = join(folder, "results.json")
  const [first, second] = [new Date("2026-11-25T10:00:00Z"), new Date("2026-11-26T10:00:00Z")]
  const found = (id: string, state: Result["state"], isChecked = true) => ({
    result: result(id, state),
    isChecked,
  })
  await recordResults(
    file,
    [found("POL-1", "failed"), found("MAIL-3", "open"), found("ADS-1", "open", false)],
    first,
  )
  await recordResults(file, [found("POL-1", "proven")], second)
  await recordResults(file, [found("ADS-1", "open", false)], second)
  const read = readCheckResults(await readFile(file, "utf8"))
  assert.deepEqual(read?.get("POL-1"), { state: "passed", at: second.getTime(), rules: rulesHash() })
  assert.deepEqual(read?.get("MAIL-3"), { state: "in-part", at: first.getTime(), rules: rulesHash() })
  assert.equal(read?.get("ADS-1"), undefined, "no check ran for it")
  assert.deepEqual(await readdir(folder), ["results.json"])
})

test("what was found under other rules keeps their hash until it is checked again", async t => {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const file = join(folder, "results.json")
  const at = "2026-11-25T10:00:00.000Z"
  const old = { state: "passed", at, rules: "0".repeat(64) }
  await writeFile(file, JSON.stringify({ format: 2, results: { "POL-1": old, "POL-4": old } }))
  await recordResults(file, [{ result: result("POL-4", "proven"), isChecked: true }], new Date(0))
  const read = readCheckResults(await readFile(file, "utf8"))
  assert.deepEqual([read?.get("POL-1")?.rules, read?.get("POL-4")?.rules], [old.rules, rulesHash()])
})

test("a file that is none of ours is begun anew", async t => {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const file = join(folder, "results.json")
  await writeFile(file, "half a fi")
  await recordResults(file, [{ result: result("POL-1", "proven"), isChecked: true }], new Date(0))
  assert.equal(readCheckResults(await readFile(file, "utf8"))?.size, 1)
})
