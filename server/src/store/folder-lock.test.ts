import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { lockFolder } from "./folder-lock.ts"

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-lock-"))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test("a folder is locked once, and again after its release", t => {
  const folder = makeFolder(t)
  const lock = lockFolder(folder)
  assert.throws(() => lockFolder(folder), { code: "FOLDER_TAKEN", temporary: false })
  // The refusal closed its own descriptor: that must not have dropped the lock.
  assert.throws(() => lockFolder(folder), { code: "FOLDER_TAKEN" })
  lock.release()
  lockFolder(folder).release()
})

test("a lock dies with its process, even by kill -9", async t => {
  const folder = makeFolder(t)
  const text = `
    import { lockFolder } from ${JSON.stringify(new URL("folder-lock.ts", import.meta.url).href)}
    lockFolder(${JSON.stringify(folder)})
    process.stdout.write("held")
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ["--input-type=module", "--eval", text], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  t.after(() => void child.kill("SIGKILL"))
  await once(child.stdout, "data")
  assert.throws(
    () => lockFolder(folder),
    new RegExp(`another Letterkeep \\(process ${child.pid}\\) already serves`),
  )
  child.kill("SIGKILL")
  await once(child, "exit")
  lockFolder(folder).release()
})
