import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { loadCheck, type Mutation } from "./check-file.ts"
import { makeScratchCopy, mutate } from "./scratch-copy.ts"
import { changedFiles, isTouched } from "./touched.ts"

/**
 * What a check says when it never came to ask: then the mutation broke the program, and shows nothing. Of a file that
 * does not even load, node:test names the file.
 */
const neverAsked = /did not start|no test of it ran|^\S+\.ts: test failed/

/**
 * Registers one test a mutation with node:test, which runs them and prints its lines: each breaks a copy of the
 * repository and passes when the promise's check fails there.
 */
export async function proveMutations(
  checks: readonly { readonly id: string; readonly file: string }[],
  options: {
    readonly repository: string
    readonly touchedOnly: boolean
    /** Only what a test has to notice whose name ends so. */
    readonly only?: string
  },
): Promise<void> {
  const changed = options.touchedOnly ? await changedFiles(options.repository) : undefined
  const chosen: { id: string; mutation: Mutation }[] = []
  let left = 0
  for (const { id, file } of checks) {
    for (const mutation of (await loadCheck(file)).mutations) {
      if (options.only !== undefined && mutation.noticedBy?.endsWith(options.only) !== true) continue
      if (isTouched(id, mutation, changed)) chosen.push({ id, mutation })
      else left += 1
    }
  }
  console.log(
    `${chosen.length} mutations to try${left > 0 ? `, ${left} that the change does not touch left out` : ""}`,
  )
  test("promises notice what breaks them", { concurrency: 2 }, async t => {
    // A test that fails by itself would seem to notice anything.
    const alone = new Map(
      chosen.flatMap(({ id, mutation: { noticedBy } }) =>
        noticedBy === undefined ? [] : [[`${id} ${noticedBy}`, { id, noticedBy }] as const],
      ),
    )
    for (const { id, noticedBy } of alone.values())
      void t.test(`${id} holds by itself: ${noticedBy}`, async () => {
        const { state, detail } = await proveIn(options.repository, id, noticedBy)
        assert.notEqual(state, "failed", detail)
      })
    const tries = chosen.map(({ id, mutation }) =>
      t.test(`${id} notices: ${mutation.name}`, () => tryMutation(id, mutation, options.repository)),
    )
    await Promise.all(tries)
  })
}

async function tryMutation(id: string, mutation: Mutation, repository: string): Promise<void> {
  const copy = await makeScratchCopy(repository)
  try {
    await mutate(copy.root, mutation)
    const { state, detail } = await proveIn(copy.root, id, mutation.noticedBy)
    assert.equal(state, "failed", `${id} survived "${mutation.name}": ${mutation.why}`)
    assert.doesNotMatch(detail, neverAsked, `"${mutation.name}" broke the program, not the promise`)
    console.log(`${id} | ${mutation.name} | ${detail.split("\n")[0]}`)
  } finally {
    await copy.remove()
  }
}

async function proveIn(
  root: string,
  id: string,
  only: string | undefined,
): Promise<{ state: string; detail: string }> {
  const script = join(root, "promises", "prove.ts")
  // a failed promise ends with 1 and still prints its list
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const proving = promisify(execFile)(
    process.execPath,
    [script, "--json", ...(only === undefined ? [] : ["--test", only]), id],
    { cwd: root, env },
  )
  const { stdout } = await proving.catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }))
  const [result] = JSON.parse(stdout) as { state: string; detail: string }[]
  if (result === undefined) throw new Error(`prove said nothing about ${id}`)
  return result
}
