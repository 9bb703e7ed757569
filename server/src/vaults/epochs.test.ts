import assert from "node:assert/strict"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { EPOCH_GRACE_MS, EPOCH_LIFE_MS, VaultError } from "./index.ts"
import { makeAccount, makeHolder, openTestVaults } from "./open-test-vaults.ts"

const epochsIn = (file: string): string[] => Object.keys(JSON.parse(readFileSync(file, "utf8")).epochs)

test("takes a new epoch each week, moves the wraps under it, and ends the old one 14 days later", async t => {
  const house = await openTestVaults(t)
  const { store, vaults, clock, keyFile } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)

  clock.at += EPOCH_LIFE_MS - 1
  assert.deepEqual(await vaults.rotateEpochIfDue(), {
    turnedTo: undefined,
    rewrapped: 0,
    stuck: 0,
    ended: [],
  })
  clock.at += 1
  assert.deepEqual(await vaults.rotateEpochIfDue(), { turnedTo: 2, rewrapped: 1, stuck: 0, ended: [] })
  const [row] = await store.sql<{ epoch: number }[]>`select epoch from wrap`
  assert.equal(row?.epoch, 2)
  assert.equal((await vaults.openWraps(account, holder)).length, 1)
  assert.deepEqual(epochsIn(keyFile), ["1", "2"])

  clock.at += EPOCH_GRACE_MS - 1
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [])
  clock.at += 1
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [1])
  assert(!epochsIn(keyFile).includes("1"))
  assert.equal((await vaults.openWraps(account, holder)).length, 1)
})

test("opens no wrap restored from before its epoch ended, not even with the right secret", async t => {
  const house = await openTestVaults(t)
  const { store, vaults, clock } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const [backup] = await store.sql<{ data: Buffer }[]>`select data from wrap`
  assert(backup)
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  clock.at += EPOCH_GRACE_MS
  await vaults.rotateEpochIfDue()

  await store.sql`update wrap set epoch = 1, data = ${backup.data}`
  await assert.rejects(
    vaults.openWraps(account, holder),
    (error: unknown) => error instanceof VaultError && error.code === "epoch-unknown",
  )
})

test("keeps an epoch while a wrap uses it: one that cannot be moved stays, is said, and stops no other", async t => {
  const house = await openTestVaults(t)
  const { store, vaults, clock, keyFile, log } = house
  const holder = makeHolder()
  const broken = await makeAccount(house, holder)
  await makeAccount(house, holder)
  await store.sql`update wrap set data = data || '\\x00'::bytea where account_id = ${broken}`
  clock.at += EPOCH_LIFE_MS
  const work = await vaults.rotateEpochIfDue()
  assert.deepEqual([work.rewrapped, work.stuck], [1, 1])
  assert(log.events.some(({ name }) => name === "vaults.wraps-stuck"))
  clock.at += EPOCH_GRACE_MS
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [])
  assert(epochsIn(keyFile).includes("1"))
})

test("reads the key file again when it meets an epoch that another node began", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const other = await house.again()
  house.clock.at += EPOCH_LIFE_MS
  await house.vaults.rotateEpochIfDue()
  assert.equal((await other.openWraps(account, holder)).length, 1)
})

test("turns once when two nodes turn at the same moment", async t => {
  const house = await openTestVaults(t)
  const other = await house.again()
  house.clock.at += EPOCH_LIFE_MS
  const [one, two] = await Promise.all([house.vaults.rotateEpochIfDue(), other.rotateEpochIfDue()])
  assert.deepEqual(
    [one.turnedTo, two.turnedTo].filter(turned => turned !== undefined),
    [2],
  )
  assert.deepEqual(epochsIn(house.keyFile), ["1", "2"])
})

test("uses the epoch that a crash left in the key file alone", async t => {
  const house = await openTestVaults(t)
  const { vaults, clock, keyFile } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  clock.at += EPOCH_LIFE_MS
  // The file is written before the commit: here the commit did not come.
  const file = JSON.parse(readFileSync(keyFile, "utf8"))
  file.epochs["2"] = Buffer.alloc(32, 7).toString("base64")
  writeFileSync(keyFile, JSON.stringify(file))
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, 2)
  assert.equal(JSON.parse(readFileSync(keyFile, "utf8")).epochs["2"], file.epochs["2"])
  assert.equal((await vaults.openWraps(account, holder)).length, 1)
})

test("says, when the key file was put back from an old copy, that an epoch is missing", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  copyFileSync(house.keyFile, `${house.keyFile}.old`)
  house.clock.at += EPOCH_LIFE_MS
  await house.vaults.rotateEpochIfDue()
  copyFileSync(`${house.keyFile}.old`, house.keyFile)
  const restarted = await house.again()
  await assert.rejects(restarted.openWraps(account, holder), { code: "epoch-unknown", temporary: true })
})
