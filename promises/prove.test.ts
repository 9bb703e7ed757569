import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { test } from "node:test"

function prove(...args: string[]) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const script = join(import.meta.dirname, "prove.ts")
  return spawnSync(process.execPath, [script, ...args], { env, encoding: "utf8" })
}

test("refuses an id that is none and names the nearest", () => {
  const { status, stderr, stdout } = prove("--json", "MIAL-8")
  assert.equal(status, 2)
  assert.match(stderr, /no promise MIAL-8; did you mean MAIL-8\?/)
  assert.equal(stdout, "")
})

test("guesses by letters, whatever their case, and does not guess at what is like nothing", () => {
  assert.match(prove("rights-4").stderr, /did you mean RIGHT-4\?/)
  assert.doesNotMatch(prove("xyzzyxyzzy").stderr, /did you mean/)
})

test("refuses an option that is none", () => assert.equal(prove("--jsno").status, 2))

test("lists a promise without a check as open, in JSON and for people", () => {
  const { status, stdout } = prove("--json", "HELP-4", "VOX-1")
  assert.equal(status, 0)
  assert.deepEqual(
    (JSON.parse(stdout) as { id: string; state: string; ms: number }[]).map(({ id, state, ms }) => [
      id,
      state,
      ms,
    ]),
    [
      ["HELP-4", "open", 0],
      ["VOX-1", "open", 0],
    ],
  )
  assert.match(prove("HELP-4").stdout, /^open {4}HELP-4 /m)
})
