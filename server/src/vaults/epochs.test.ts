import assert from "node:assert/strict"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { EPOCH_GRACE_MS, EPOCH_LIFE_MS, KeyFileError, VaultError } from "./index.ts"
import { makeAccount, makeHolder, openTestVaults } from "./open-test-vaults.ts"

const DAY_MS = 24 * 60 * 60 * 1000
const keyFileError = (sentence: RegExp) => (error: unknown) =>
  error instanceof KeyFileError && sentence.test(error.message)
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

test("a node whose copy of the key file fell behind turns no epoch, says what to do, and loses nothing", async t => {
  const house = await openTestVaults(t)
  const { clock, keyFile, vaults, log, again } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const copy = `${keyFile}.copy`
  copyFileSync(keyFile, copy)
  const other = await again(copy)
  clock.at += 8 * DAY_MS
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, 2)
  clock.at += 7 * DAY_MS
  await assert.rejects(other.rotateEpochIfDue(), keyFileError(/lacks the key of epoch 2.*same file/))
  assert.deepEqual(epochsIn(copy), ["1"])
  assert.deepEqual(log.events.find(({ name }) => name === "vaults.key-file-unfit")?.fields, {
    epoch: 2,
    why: "missing",
  })
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, 3)
  assert.equal((await vaults.openWraps(account, holder)).length, 1)

  copyFileSync(keyFile, copy)
  assert.equal((await other.rotateEpochIfDue()).turnedTo, undefined)
  assert.equal((await other.openWraps(account, holder)).length, 1)
})

test("notices that two copies of the key file have different keys for one epoch, and wraps nothing under the wrong one", async t => {
  const house = await openTestVaults(t)
  const { clock, keyFile, vaults, store, again } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const copy = `${keyFile}.copy`
  copyFileSync(keyFile, copy)
  // What a crash between the file and the commit leaves on one node, when another turns then.
  const torn = JSON.parse(readFileSync(copy, "utf8"))
  torn.epochs["2"] = Buffer.alloc(32, 7).toString("base64")
  writeFileSync(copy, JSON.stringify(torn))
  const other = await again(copy)
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()

  await assert.rejects(other.openWraps(account, holder), { code: "epoch-unknown" })
  const adding = store.transaction(tx =>
    other.addWraps(tx, account, makeHolder(2), [{ generation: 1, privateKey: Buffer.alloc(32, 1) }]),
  )
  await assert.rejects(adding, { code: "epoch-unknown" })
  await assert.rejects(other.rotateEpochIfDue(), keyFileError(/another key for epoch 2/))
  await assert.rejects(again(copy), keyFileError(/another key for epoch 2/))
  copyFileSync(keyFile, copy)
  assert.equal((await other.openWraps(account, holder)).length, 1)
})

test("refuses to start, when the key file was put back from an old copy, and says that an epoch is missing", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  copyFileSync(house.keyFile, `${house.keyFile}.old`)
  house.clock.at += EPOCH_LIFE_MS
  await house.vaults.rotateEpochIfDue()
  copyFileSync(house.keyFile, `${house.keyFile}.kept`)
  copyFileSync(`${house.keyFile}.old`, house.keyFile)
  await assert.rejects(house.again(), keyFileError(/lacks the key of epoch 2/))
  copyFileSync(`${house.keyFile}.kept`, house.keyFile)
  assert.equal((await (await house.again()).openWraps(account, holder)).length, 1)
})

test("starts on a database restored from a backup, with a key file that has lost the epochs of its time", async t => {
  const house = await openTestVaults(t)
  const { store, clock, keyFile, vaults } = house
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  const file = JSON.parse(readFileSync(keyFile, "utf8"))
  delete file.epochs["1"]
  writeFileSync(keyFile, JSON.stringify(file), { mode: 0o600 })
  assert.equal((await (await house.again()).rotateEpochIfDue()).turnedTo, undefined)
  assert.equal((await store.sql`select from key_epoch where ended_at is null`).length, 2)
})

test("destroys no key that is in use on the database's word alone", async t => {
  const house = await openTestVaults(t)
  const { store, clock, keyFile, vaults, log } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  clock.at += EPOCH_GRACE_MS - 1
  const heard = Promise.withResolvers<string>()
  await store.listen("vaults_epoch", heard.resolve, () => undefined)
  await store.sql`update key_epoch set ended_at = now()`
  await store.sql`notify vaults_epoch`
  await heard.promise
  await vaults.close()
  assert.deepEqual(epochsIn(keyFile), ["1", "2"])
  assert(log.events.some(({ name, fields }) => name === "vaults.epoch-kept" && fields.epoch === 2))
  const again = await house.again()
  await again.rotateEpochIfDue()
  assert.equal((await again.openWraps(account, holder)).length, 1)
})

test("keeps an epoch for 14 days by its own record, whatever time the database says", async t => {
  const { store, clock, keyFile, vaults } = await openTestVaults(t)
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  await store.sql`update key_epoch set superseded_at = '2000-01-01' where epoch = 1`
  clock.at += EPOCH_GRACE_MS - 1
  await vaults.rotateEpochIfDue()
  assert.deepEqual(epochsIn(keyFile), ["1", "2", "3"])
  clock.at += 1
  await vaults.rotateEpochIfDue()
  assert.deepEqual(epochsIn(keyFile), ["2", "3"])
})

test("ends no epoch that a wrap uses, though the database says that it has ended", async t => {
  const house = await openTestVaults(t)
  const { store, clock, keyFile, vaults } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  await store.sql`update wrap set data = data || '\\x00'::bytea`
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  clock.at += EPOCH_GRACE_MS
  await store.sql`update key_epoch set ended_at = now()`
  await vaults.rotateEpochIfDue()
  assert(epochsIn(keyFile).includes("1"))
  await store.sql`update wrap set data = substr(data, 1, length(data) - 1)`
  assert.equal((await vaults.openWraps(account, holder)).length, 1)
})

test("counts the time of an epoch that a crash left in the key file from when it is used", async t => {
  const { store, clock, keyFile, vaults } = await openTestVaults(t)
  const file = JSON.parse(readFileSync(keyFile, "utf8"))
  file.epochs["2"] = Buffer.alloc(32, 7).toString("base64")
  file.begun["2"] = new Date(clock.at).toISOString()
  writeFileSync(keyFile, JSON.stringify(file))
  clock.at += 2 * EPOCH_GRACE_MS
  assert.equal((await vaults.rotateEpochIfDue()).turnedTo, 2)
  await store.sql`update key_epoch set ended_at = now()`
  await vaults.rotateEpochIfDue()
  assert.deepEqual(epochsIn(keyFile), ["1", "2"])
})
