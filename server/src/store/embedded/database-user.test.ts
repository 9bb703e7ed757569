import assert from "node:assert/strict"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { StoreError } from "../store-error.ts"
import { chooseDatabaseUser, readUsers } from "./database-user.ts"
import { canEnter, canPassTo, canRead } from "./reach.ts"

const skip = process.getuid?.() !== 0 && "needs root"

function makeFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "letterkeep-user-")))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function write(t: TestContext, ...lines: string[]): string {
  const path = join(makeFolder(t), "passwd")
  writeFileSync(path, `${lines.join("\n")}\n`)
  return path
}

const root = "root:x:0:0:root:/root:/bin/bash"
const nobody = "nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin"
const postgres = "postgres:x:101:104::/var/lib/postgresql:/bin/bash"
const letterkeep = "letterkeep:x:102:105::/var/lib/letterkeep:/usr/sbin/nologin"

test("reads users, and skips lines that are none", t => {
  const path = write(t, root, "", "# a comment", "+::::::", nobody)
  assert.deepEqual(readUsers(path), [
    { name: "root", uid: 0, gid: 0 },
    { name: "nobody", uid: 65534, gid: 65533 },
  ])
})

test("prefers letterkeep, then postgres, then nobody", { skip }, t => {
  const cluster = "/there/is/none"
  assert.equal(chooseDatabaseUser(cluster, write(t, root, nobody, postgres, letterkeep))?.name, "letterkeep")
  assert.equal(chooseDatabaseUser(cluster, write(t, root, nobody, postgres))?.name, "postgres")
  assert.equal(chooseDatabaseUser(cluster, write(t, root, nobody))?.name, "nobody")
  assert.throws(() => chooseDatabaseUser(cluster, write(t, root)), StoreError)
  assert.throws(() => chooseDatabaseUser(cluster, write(t, "letterkeep:x:0:0::/:/bin/sh")), StoreError)
})

test("an existing cluster keeps its owner", { skip }, t => {
  const cluster = makeFolder(t)
  chownSync(cluster, 65534, 65533)
  assert.equal(chooseDatabaseUser(cluster, write(t, root, letterkeep, nobody))?.name, "nobody")
  assert.deepEqual(chooseDatabaseUser(cluster, write(t, root, letterkeep)), {
    name: "uid 65534",
    uid: 65534,
    gid: 65533,
  })
})

test("sees by mode bits which folders a user may pass", { skip }, t => {
  const folder = makeFolder(t)
  const inner = join(folder, "inner")
  mkdirSync(inner)
  const user = { name: "u", uid: 4001, gid: 4002 }
  for (const [mode, gid, expected] of [
    [0o700, 0, false],
    [0o701, 0, true],
    [0o710, 0, false],
    [0o710, 4002, true],
    [0o701, 4002, false],
  ] as const) {
    chownSync(folder, 0, gid)
    chmodSync(folder, mode)
    assert.equal(canEnter(folder, user), expected, `${mode.toString(8)} of group ${gid}`)
    assert.equal(canPassTo(inner, user), expected)
  }
  chownSync(inner, 4001, 0)
  chmodSync(inner, 0o400)
  assert.equal(canRead(inner, user), true)
})
