import assert from "node:assert/strict"
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, test } from "node:test"
import { writeWhole } from "./write-whole.ts"

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lk-whole-"))
  path = join(folder, "secret.json")
})
afterEach(() => rm(folder, { recursive: true }))

test("takes a file's place for its owner alone, whatever the one before let others do", async () => {
  await writeFile(path, "old", { mode: 0o666 })
  await writeWhole(path, "new")
  assert.equal(await readFile(path, "utf8"), "new")
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(folder), ["secret.json"])
})

test("follows no link in the file's place", async () => {
  const victim = join(folder, "victim")
  await writeFile(victim, "whole")
  await symlink(victim, path)
  await writeWhole(path, "new")
  assert.deepEqual([await readFile(victim, "utf8"), await readFile(path, "utf8")], ["whole", "new"])
})

test("removes what a crash left of the same file, and nothing else", async () => {
  await writeFile(`${path}.0123456789abcdef.new`, "an ended key")
  for (const other of [`${path}.new`, `${path}.backup`, join(folder, "x.0123456789abcdef.new")])
    await writeFile(other, "")
  await writeWhole(path, "new")
  const left = (await readdir(folder)).sort()
  assert.deepEqual(left, ["secret.json", "secret.json.backup", "secret.json.new", "x.0123456789abcdef.new"])
})

test("leaves nothing when it cannot take the file's place", async () => {
  await mkdir(path)
  await assert.rejects(writeWhole(path, "new"))
  assert.deepEqual(await readdir(folder), ["secret.json"])
})
