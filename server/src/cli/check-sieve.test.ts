import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"

/** Runs the client as `./letterkeep` does, with a data folder that no server has. */
function check(t: TestContext, script: string | Uint8Array | undefined, ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-sieve-"))
  t.after(() => rmSync(folder, { recursive: true }))
  if (script !== undefined) writeFileSync(join(folder, "a.sieve"), script)
  const words = [join(import.meta.dirname, "main.ts"), "sieve", "check", "a.sieve", ...more]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" })
  return { status, stdout, stderr }
}

test("sieve check takes a script that is right, without a server, and ends with 0", t => {
  assert.deepEqual(check(t, 'require "fileinto";\nfileinto "Shop";\n'), {
    status: 0,
    stdout: "a.sieve may be used; it requires fileinto\n",
    stderr: "",
  })
})

test("sieve check says every fault with line and column, and ends with 1", t => {
  assert.deepEqual(check(t, 'if true {\n  fileinto "Shop";\n}\nfrob;\n'), {
    status: 1,
    stdout: "",
    stderr: [
      'a.sieve:2:3: "fileinto" needs require "fileinto" at the top of the script\n',
      'a.sieve:4:1: this server knows no command "frob"\n',
    ].join(""),
  })
})

test("sieve check warns, and ends with 0", t => {
  const { status, stdout } = check(t, "stop; keep;")
  assert.equal(status, 0)
  assert.match(stdout, /^a\.sieve:1:7: warning: nothing runs from here/)
})

test("sieve check says it in JSON", t => {
  const { status, stdout } = check(t, "keep", "--json")
  assert.equal(status, 1)
  const value: unknown = JSON.parse(stdout)
  assert.deepEqual(value, {
    fine: false,
    faults: [
      {
        at: { line: 1, column: 5 },
        text: 'the end of the script stands where ";" or "{" after "keep" was expected',
      },
    ],
    warnings: [],
    requires: [],
  })
})

test("sieve check says where a file is not UTF-8", t => {
  const { status, stderr } = check(t, Buffer.concat([Buffer.from("keep;\n# "), Buffer.of(0xe9)]))
  assert.equal(status, 1)
  assert.match(stderr, /^a\.sieve:2:3: what stands here is not UTF-8/)
})

test("sieve check ends with 2 where there is no file, or far too much of one", t => {
  const missing = check(t, undefined)
  assert.equal(missing.status, 2)
  assert.match(missing.stderr, /a\.sieve cannot be read/)
  const large = check(t, Buffer.alloc(2_000_000, "#"))
  assert.equal(large.status, 2)
  assert.match(large.stderr, /too long/)
})
