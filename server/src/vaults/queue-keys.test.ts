import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import { asId } from "../store/ids.ts"
import { EPOCH_GRACE_MS, EPOCH_LIFE_MS, openSealed, SEAL_KEY_USES, type SealedThing, seal } from "./index.ts"
import { openTestVaults } from "./open-test-vaults.ts"

const DAY_MS = 24 * 60 * 60 * 1000
const place: SealedThing = {
  account: asId<AccountId>(7),
  kind: "queued-body",
  id: "12",
  chunk: 0,
  final: true,
}

test("another node opens what one has queued, and so does the same one after a restart", async t => {
  const { vaults, again } = await openTestVaults(t)
  const key = await vaults.queueKey()
  const sealed = seal(key, place, Buffer.from("letter"), systemChance)
  const other = await again()
  assert.notEqual((await other.queueKey()).id, key.id)
  assert.equal(openSealed(await other.openQueueKey(key.id), place, sealed).toString(), "letter")
  await assert.rejects(other.openQueueKey(key.id + 1), { code: "no-such-queue-key" })
})

test("gives one key for a day, durable before it is given, and one alone to all who come at once", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const keys = await Promise.all(Array.from({ length: 5 }, () => vaults.queueKey()))
  const ids = new Set(keys.map(key => key.id))
  const stored = () => store.sql<{ queue_key_id: number }[]>`select queue_key_id from queue_key`
  assert.deepEqual(
    (await stored()).map(row => row.queue_key_id),
    [...ids],
  )
  clock.at += DAY_MS
  assert.ok(!ids.has((await vaults.queueKey()).id))
  assert.equal((await stored()).length, 2)
})

test("makes another key before one is worn out", async t => {
  const { vaults } = await openTestVaults(t)
  const key = await vaults.queueKey()
  key.uses = SEAL_KEY_USES - 1000
  assert.notEqual((await vaults.queueKey()).id, key.id)
})

test("a stored key opens under its own number alone, and not where a byte was changed", async t => {
  const { store, vaults, again } = await openTestVaults(t)
  const first = await vaults.queueKey()
  const second = await (await again()).queueKey()
  await store.sql`update queue_key set data = (select data from queue_key where queue_key_id = ${first.id})
    where queue_key_id = ${second.id}`
  await assert.rejects(vaults.openQueueKey(second.id), { code: "not-authentic" })
  await store.sql`update queue_key set data = data || '\\x00'::bytea where queue_key_id = ${first.id}`
  await assert.rejects((await again()).openQueueKey(first.id), { code: "not-authentic" })
})

test("queue keys move with the epochs, and an epoch does not end while one lies under it", async t => {
  const { store, vaults, clock, again } = await openTestVaults(t)
  const key = await vaults.queueKey()
  const broken = await (await again()).queueKey()
  await store.sql`update queue_key set data = data || '\\x00'::bytea where queue_key_id = ${broken.id}`
  const sealed = seal(key, place, Buffer.from("letter"), systemChance)
  clock.at += EPOCH_LIFE_MS
  const work = await vaults.rotateEpochIfDue()
  assert.deepEqual([work.turnedTo, work.rewrapped, work.stuck], [2, 1, 1])
  const [row] = await store.sql<
    { epoch: number }[]
  >`select epoch from queue_key where queue_key_id = ${key.id}`
  assert.equal(row?.epoch, 2)
  clock.at += EPOCH_GRACE_MS
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [])
  await store.transaction(tx => vaults.dropQueueKeys(tx, [broken.id]))
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [1])
  assert.equal(openSealed(await vaults.openQueueKey(key.id), place, sealed).toString(), "letter")
})

test("a queue key restored from before its epoch ended opens for nobody", async t => {
  const { store, vaults, clock, again } = await openTestVaults(t)
  const key = await vaults.queueKey()
  const [backup] = await store.sql<{ data: Buffer }[]>`select data from queue_key`
  assert.ok(backup)
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  clock.at += EPOCH_GRACE_MS
  await vaults.rotateEpochIfDue()
  await store.sql`update queue_key set epoch = 1, data = ${backup.data}`
  await assert.rejects((await again()).openQueueKey(key.id), { code: "epoch-unknown" })
})

test("an epoch that a queue key uses keeps its key, though the database says that it has ended", async t => {
  const { store, vaults, clock, again } = await openTestVaults(t)
  const key = await vaults.queueKey()
  await store.sql`update queue_key set data = data || '\\x00'::bytea`
  clock.at += EPOCH_LIFE_MS
  await vaults.rotateEpochIfDue()
  clock.at += EPOCH_GRACE_MS
  await store.sql`update key_epoch set ended_at = now() where epoch = 1`
  await vaults.rotateEpochIfDue()
  await store.sql`update queue_key set data = substr(data, 1, length(data) - 1)`
  await (await again()).openQueueKey(key.id)
})

test("the list of old keys spares those whose day ended less than a day ago", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const key = await vaults.queueKey()
  clock.at += 2 * DAY_MS
  assert.deepEqual(await vaults.oldQueueKeys(store.sql), [])
  clock.at += 1
  assert.deepEqual(await vaults.oldQueueKeys(store.sql), [key.id])
})
