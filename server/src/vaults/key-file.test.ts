import assert from "node:assert/strict"
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { test } from "node:test"
import { EPOCH_LIFE_MS, KeyFileError } from "./index.ts"
import { openTestVaults } from "./open-test-vaults.ts"

test("makes the key file once, for its owner alone, and leaves nothing beside it", async t => {
  const { keyFile, again, log } = await openTestVaults(t)
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  const before = readFileSync(keyFile, "utf8")
  await again()
  assert.equal(readFileSync(keyFile, "utf8"), before)
  assert.deepEqual(readdirSync(dirname(keyFile)), ["keys.json"])
  assert.equal(log.events.filter(({ name }) => name === "vaults.key-file-made").length, 1)
})

test("never makes a new key file for a database that has one: a lost file is an error that says what to do", async t => {
  const { keyFile, again } = await openTestVaults(t)
  rmSync(keyFile)
  await assert.rejects(
    again(),
    (error: unknown) => error instanceof KeyFileError && /Put back that file/.test(error.message),
  )
  assert.deepEqual(readdirSync(dirname(keyFile)), [])
})

test("refuses the key file of another database", async t => {
  const one = await openTestVaults(t)
  const other = await openTestVaults(t)
  writeFileSync(one.keyFile, readFileSync(other.keyFile))
  await assert.rejects(
    one.again(),
    (error: unknown) => error instanceof KeyFileError && /sealed under/.test(error.message),
  )
})

test("refuses a file that others can read, one that is cut short, and one with a wrong key, without quoting it", async t => {
  const { keyFile, again } = await openTestVaults(t)
  const whole = readFileSync(keyFile, "utf8")
  chmodSync(keyFile, 0o640)
  await assert.rejects(again(), /chmod 600/)
  chmodSync(keyFile, 0o600)
  writeFileSync(keyFile, whole.slice(0, whole.length / 2))
  await assert.rejects(again(), /not whole/)
  const secret = /"mac": "([^"]+)"/.exec(whole)?.[1] ?? ""
  writeFileSync(keyFile, whole.replace(secret, `${secret.slice(0, 20)}=`))
  await assert.rejects(again(), (error: unknown) => {
    assert(error instanceof KeyFileError)
    assert.match(error.message, /keys\.mac/)
    assert(!error.message.includes(secret.slice(0, 20)))
    return true
  })
})

test("takes a key file that a crash left before its id reached the database", async t => {
  const { keyFile, store, again } = await openTestVaults(t)
  await store.sql`delete from key_epoch`
  await store.sql`update letterkeep set key_file_id = null`
  const before = readFileSync(keyFile, "utf8")
  const vaults = await again()
  assert.equal(readFileSync(keyFile, "utf8"), before)
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, undefined)
})

test("writes keys into no file that was put beside the key file", async t => {
  const { keyFile, vaults, clock } = await openTestVaults(t)
  const victim = `${keyFile}.victim`
  writeFileSync(victim, "whole")
  symlinkSync(victim, `${keyFile}.new`)
  clock.at += EPOCH_LIFE_MS
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, 2)
  assert.equal(readFileSync(victim, "utf8"), "whole")
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
})
