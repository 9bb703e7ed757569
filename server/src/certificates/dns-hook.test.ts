import assert from "node:assert/strict"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { createHook, HookError } from "./dns-hook.ts"

const record = { name: "_acme-challenge.mail.example", value: "a value; $(with) 'marks' -n" }

async function program(t: TestContext, body: string): Promise<{ path: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "letterkeep-hook-"))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, "hook")
  await writeFile(path, `#!/bin/sh\n${body.replaceAll("FOLDER", folder)}\n`)
  await chmod(path, 0o755)
  return { path, folder }
}

const run = (path: string, timeMs?: number, signal = new AbortController().signal) =>
  createHook(path, timeMs)("add", record, signal)

test("calls the operator's program with three words, as they are, and of our environment the path alone", async t => {
  const body = `printf '%s\\n' "$#" "$1" "$2" "$3" > FOLDER/said; env | grep -v -E '^(PATH|PWD|SHLVL|_)=' > FOLDER/env; true`
  const { path, folder } = await program(t, body)
  await run(path)
  assert.deepEqual((await readFile(join(folder, "said"), "utf8")).split("\n"), [
    "3",
    "add",
    record.name,
    record.value,
    "",
  ])
  assert.equal(await readFile(join(folder, "env"), "utf8"), "")
})

test("says how the program ended, with a bounded line of what it said", async t => {
  const { path } = await program(
    t,
    `echo "no such zone" >&2; head -c 5000 /dev/zero | tr '\\0' x >&2; exit 3`,
  )
  await assert.rejects(run(path), error => {
    assert.ok(error instanceof HookError)
    assert.match(error.message, /hook add _acme-challenge\.mail\.example ended with 3: no such zone x+$/)
    assert.ok(error.message.length < 500)
    return true
  })
})

test("ends a program that takes too long, and one that is not wanted any more", async t => {
  const { path } = await program(t, "exec sleep 60")
  await assert.rejects(run(path, 50), /did not end in time/)
  const gone = new AbortController()
  const running = run(path, undefined, gone.signal)
  gone.abort()
  await assert.rejects(running, HookError)
})

test("says that there is no program, or none that may be run", async t => {
  const { path, folder } = await program(t, "true")
  await assert.rejects(run(join(folder, "none")), /cannot be run \(ENOENT\)/)
  await chmod(path, 0o644)
  await assert.rejects(run(path), /cannot be run \(EACCES\)/)
})
