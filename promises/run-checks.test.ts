import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { promisify } from "node:util"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"

const repository = join(import.meta.dirname, "..")

/** Runs check files as the program does, in a process of its own: node:test does not run itself inside itself. */
async function outcomes(t: TestContext, files: Record<string, string>, only?: string) {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  await mkdir(join(folder, "checks"))
  const paths: string[] = []
  for (const [id, source] of Object.entries(files)) {
    paths.push(join(folder, "checks", `${id}.ts`))
    await writeFile(join(folder, "checks", `${id}.ts`), source)
  }
  const script = `
    import { runChecks } from ${JSON.stringify(join(repository, "promises/run-checks.ts"))}
    console.log(JSON.stringify(await runChecks(${JSON.stringify(paths)}, ${JSON.stringify({ concurrency: 1, only })})))`
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  await writeFile(join(folder, "run.ts"), script)
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "run.ts")], { env })
  return JSON.parse(stdout) as { id: string; state: string; ms: number; detail: string }[]
}

const opening = 'import { test } from "node:test"\nexport const mutations = []\n'

test("calls a promise proven when all tests of its check passed", async t => {
  const [result] = await outcomes(t, { "MAIL-1": `${opening}test("a", () => {}); test("b", () => {})` })
  assert.equal(result?.state, "proven")
  assert.equal(result?.detail, "2 tests passed")
})

test("calls it failed, with the first failure, when one did not, and goes on with the others", async t => {
  const results = await outcomes(t, {
    "MAIL-1": `${opening}test("a", () => {}); test("b", () => { throw new Error("lost it") })`,
    "MAIL-8": `${opening}test("c", () => {})`,
  })
  assert.deepEqual(
    results.map(({ id, state }) => [id, state]),
    [
      ["MAIL-1", "failed"],
      ["MAIL-8", "proven"],
    ],
  )
  assert.match(results[0]?.detail ?? "", /b: lost it/)
})

test("calls it failed when its tests were skipped, or when there are none, or when it breaks on loading", async t => {
  const results = await outcomes(t, {
    "MAIL-1": `${opening}test("a", { skip: "no time" }, () => {})`,
    "MAIL-2": opening,
    "MAIL-3": 'throw new Error("broken")',
  })
  assert.deepEqual(
    results.map(result => result.state),
    ["failed", "failed", "failed"],
  )
})

test("counts what a check takes from a file beside it, and tells of what fails there", async t => {
  const beside = "./beside.ts"
  const results = await outcomes(t, {
    beside:
      'import { test } from "node:test"\nexport const tests = () => test("a", () => { throw new Error("lost it") })',
    "MAIL-1": `${opening}import { tests } from "${beside}"\ntests(); test("b", () => {})`,
  })
  assert.match(results.find(({ id }) => id === "MAIL-1")?.detail ?? "", /^a: lost it/)
})

test("runs one test alone where one is asked for, whatever signs its name has", async t => {
  const source = `${opening}test("a (b, c.)", () => {}); test("a (b, c!)", () => { throw new Error("lost it") })`
  const [one] = await outcomes(t, { "MAIL-1": source }, "a (b, c.)")
  assert.deepEqual([one?.state, one?.detail], ["proven", "1 tests passed"])
  const [none] = await outcomes(t, { "MAIL-1": source }, "b")
  assert.deepEqual([none?.state, none?.detail], ["failed", "no test of it ran"])
})

test("tells of the hook that failed, not of the tests that could not run for it", async t => {
  const [result] = await outcomes(t, {
    "MAIL-1": `import { before, describe, test } from "node:test"
      describe("all", () => { before(() => { throw new Error("did not start") }); test("a", () => {}) })`,
  })
  assert.equal(result?.detail, "all: did not start")
})
