import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { writeReadyFile } from "./ready-file.ts"

test("writes the link of the first run into no file that somebody else put there", async context => {
  const folder = await mkdtemp(join(tmpdir(), "lk-ready-"))
  context.after(() => rm(folder, { recursive: true }))
  const path = join(folder, "ready.json")
  const victim = join(folder, "victim")
  await writeFile(victim, "whole", { mode: 0o666 })
  await symlink(victim, `${path}.new`)
  await writeReadyFile(path, { addresses: {}, setup: "http://x/setup#token=t", pid: 2, databasePid: 3 })
  assert.equal(await readFile(victim, "utf8"), "whole")
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  const content: unknown = JSON.parse(await readFile(path, "utf8"))
  assert.deepEqual(content, { setup: "http://x/setup#token=t", pid: 2, database: { pid: 3 } })
})
