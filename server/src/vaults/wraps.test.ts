import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { publicKeyFromBytes, sealBase } from "@letterkeep/hpke"
import { binding } from "./binding.ts"
import { VaultError } from "./index.ts"
import { makeAccount, makeHolder, openTestVaults } from "./open-test-vaults.ts"

const notAuthentic = (error: unknown): boolean =>
  error instanceof VaultError && error.code === "not-authentic"

test("opens a wrap with its holder's key and with no other", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const keys = await house.vaults.openWraps(account, holder)
  assert.deepEqual(
    keys.map(key => key.generation),
    [1],
  )
  await assert.rejects(house.vaults.openWraps(account, makeHolder()), notAuthentic)
  await assert.rejects(house.vaults.openWraps(account, { ...holder, kdf: "cheaper" }), notAuthentic)
})

test("opens no wrap that was moved to another account, generation or holder", async t => {
  const house = await openTestVaults(t)
  const { store, vaults } = house
  const holder = makeHolder()
  const ann = await makeAccount(house, holder)
  const bob = await makeAccount(house, holder)
  const [annRow] = await store.sql<{ data: Buffer }[]>`select data from wrap where account_id = ${ann}`
  const [bobRow] = await store.sql<{ data: Buffer }[]>`select data from wrap where account_id = ${bob}`
  assert(annRow && bobRow)

  await store.sql`update wrap set data = ${bobRow.data} where account_id = ${ann}`
  await assert.rejects(vaults.openWraps(ann, holder), notAuthentic)
  await store.sql`update wrap set data = ${annRow.data}, generation = 2 where account_id = ${ann}`
  await assert.rejects(vaults.openWraps(ann, holder), notAuthentic)
  await store.sql`update wrap set generation = 1, holder_id = 9 where account_id = ${ann}`
  await assert.rejects(vaults.openWraps(ann, { ...holder, id: 9 }), notAuthentic)
  await store.sql`update wrap set holder_id = 1, holder_kind = 'recovery' where account_id = ${ann}`
  await assert.rejects(vaults.openWraps(ann, { ...holder, kind: "recovery" }), notAuthentic)
  await store.sql`update wrap set holder_kind = 'password' where account_id = ${ann}`
  assert.equal((await vaults.openWraps(ann, holder)).length, 1)
})

test("seals nothing to a public key that somebody wrote into the database", async t => {
  const house = await openTestVaults(t)
  const { store, vaults } = house
  const ann = await makeAccount(house, makeHolder())
  const bob = await makeAccount(house, makeHolder())
  const refusedKey = (error: unknown): boolean =>
    error instanceof VaultError && error.code === "public-key-not-ours"

  await store.sql`update vault set public_key = ${randomBytes(32)} where account_id = ${ann}`
  await assert.rejects(vaults.sealKeys([ann]), refusedKey)
  // Another account's key, MAC and all.
  await store.sql`update vault set (public_key, mac) = (select public_key, mac from vault where account_id = ${bob})
    where account_id = ${ann}`
  await assert.rejects(vaults.sealKeys([ann]), refusedKey)
  // An own generation on top.
  await store.sql`insert into vault select account_id, 2, public_key, mac from vault where account_id = ${bob}`
  await assert.rejects(vaults.sealKeys([bob]), refusedKey)
  await store.sql`delete from vault where account_id = ${bob} and generation = 2`
  assert.equal((await vaults.sealKeys([bob])).size, 1)
})

test("opens no seal key that somebody else sealed to the public key, or that was moved", async t => {
  const house = await openTestVaults(t)
  const { store, vaults } = house
  const holder = makeHolder()
  const ann = await makeAccount(house, holder)
  const bob = await makeAccount(house, holder)
  const annKey = (await vaults.sealKeys([ann])).get(ann)
  const bobKey = (await vaults.sealKeys([bob])).get(bob)
  assert(annKey && bobKey)
  const session = vaults.openSession(ann, await vaults.openWraps(ann, holder))
  assert((await session.sealKey(annKey.id)).equals(annKey.key))
  await assert.rejects(session.sealKey(bobKey.id), { code: "no-such-seal-key" })

  await store.sql`update seal_key set account_id = ${ann} where seal_key_id = ${bobKey.id}`
  await assert.rejects(session.sealKey(bobKey.id), notAuthentic)

  // Whoever has the database has the public key, and HPKE asks for no more; our MAC does.
  const [vault] = await store.sql<
    { public_key: Buffer }[]
  >`select public_key from vault where account_id = ${ann}`
  assert(vault)
  const info = binding("letterkeep to vault 1", "seal-key", ann, 1, 5)
  for (const associatedData of [Buffer.alloc(0), Buffer.alloc(32), info, randomBytes(32)]) {
    const recipient = publicKeyFromBytes(vault.public_key)
    const forged = sealBase(
      { recipient, ephemeral: { bytes: randomBytes }, info, associatedData },
      randomBytes(32),
    )
    await store.sql`delete from seal_key where account_id = ${ann} and seal_key_id = 5`
    await store.sql`insert into seal_key (account_id, seal_key_id, generation, sealed) values (${ann}, 5, 1, ${forged})`
    await assert.rejects(session.sealKey(5), notAuthentic)
  }
})
