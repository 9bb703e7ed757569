import assert from "node:assert/strict"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { openOutFile } from "./out-file.ts"
import { UsageError } from "./usage-error.ts"

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-out-"))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test("keeps what was written, in its order, for its owner alone", async t => {
  const path = join(makeFolder(t), "proofs.json")
  const file = await openOutFile(path)
  for (const piece of ["one ", "two ", "three"]) await file.write(Buffer.from(piece))
  await file.keep()
  assert.equal(readFileSync(path, "utf8"), "one two three")
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test("leaves nothing behind of an answer that broke off", async t => {
  const folder = makeFolder(t)
  const file = await openOutFile(join(folder, "proofs.json"))
  await file.write(Buffer.from("half"))
  await file.drop()
  assert.deepEqual(readdirSync(folder), [])
})

test("writes over no file, and says where it cannot write", async t => {
  const path = join(makeFolder(t), "proofs.json")
  writeFileSync(path, "mine")
  await assert.rejects(
    openOutFile(path),
    error => error instanceof UsageError && /there already/.test(error.message),
  )
  assert.equal(readFileSync(path, "utf8"), "mine")
  await assert.rejects(openOutFile(join(path, "below")), UsageError)
})
