import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../ports/chance.ts"
import { type AccountId, asId } from "../store/ids.ts"
import { openSealed, SEAL_KEY_USES, type SealedThing, seal } from "./index.ts"
import { makeAccount, makeHolder, openTestVaults, type TestVaults } from "./open-test-vaults.ts"

async function keyOf({ vaults }: Pick<TestVaults, "vaults">, account: AccountId) {
  const key = (await vaults.sealKeys([account])).get(account)
  assert(key)
  return key
}

test("makes one key an account and day, in one statement for all that lack one, and stores it first", async t => {
  const house = await openTestVaults(t)
  const ann = await makeAccount(house, makeHolder())
  const bob = await makeAccount(house, makeHolder())
  const gone = asId<AccountId>(999_999)
  const first = await house.vaults.sealKeys([ann, bob, ann, gone])
  assert.deepEqual([...first.keys()].sort(), [ann, bob].sort())
  const stored = await house.store.sql<{ seal_key_id: number }[]>`select seal_key_id from seal_key`
  assert.deepEqual(stored.map(row => row.seal_key_id).sort(), [...first.values()].map(key => key.id).sort())
  assert.equal(await keyOf(house, ann), first.get(ann))
})

test("makes one key when asked many times at once", async t => {
  const house = await openTestVaults(t)
  const account = await makeAccount(house, makeHolder())
  const keys = await Promise.all(Array.from({ length: 8 }, () => keyOf(house, account)))
  assert.equal(new Set(keys).size, 1)
})

test("makes the keys of all who wait together, and lets none fail for another's tampered key", async t => {
  const house = await openTestVaults(t)
  const accounts: AccountId[] = []
  for (let n = 0; n < 5; n++) accounts.push(await makeAccount(house, makeHolder()))
  const [tampered] = accounts
  assert(tampered)
  await house.store.sql`update vault set mac = ${Buffer.alloc(32)} where account_id = ${tampered}`
  const results = await Promise.allSettled(accounts.map(account => keyOf(house, account)))
  assert.deepEqual(
    results.map(result => result.status),
    ["rejected", "fulfilled", "fulfilled", "fulfilled", "fulfilled"],
  )
  const more: AccountId[] = []
  for (let n = 0; n < 6; n++) more.push(await makeAccount(house, makeHolder()))
  const keys = await Promise.all(more.map(account => keyOf(house, account)))
  assert.equal(new Set(keys).size, more.length)
  const [made] = await house.store.sql<{ n: number }[]>`
    select count(distinct xmin::text) as n from seal_key where account_id = any(${more}::bigint[])`
  assert.equal(made?.n, 1, "one transaction for all")
})

test("takes a new key with the new day (UTC), and drops the old one though nobody asks", async t => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  const house = await openTestVaults(t)
  const account = await makeAccount(house, makeHolder())
  const monday = await keyOf(house, account)
  house.clock.at = Date.parse("2026-03-04T23:59:59.999Z")
  assert.equal(await keyOf(house, account), monday)
  house.clock.at += 1
  t.mock.timers.tick(10_000)
  // Were the key still kept, turning the clock back would find it.
  house.clock.at -= 1
  assert.notEqual(await keyOf(house, account), monday)
})

test("takes a new key before one is worn out", async t => {
  const house = await openTestVaults(t)
  const account = await makeAccount(house, makeHolder())
  const first = await keyOf(house, account)
  first.uses = SEAL_KEY_USES - 2 ** 14
  assert.equal(await keyOf(house, account), first)
  first.uses += 1
  assert.notEqual(await keyOf(house, account), first)
})

test("opens today's mail after a restart with a sign-in, and without one with nothing at all", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const key = await keyOf(house, account)
  const thing: SealedThing = { account, kind: "body", id: "1", chunk: 0, final: true }
  const sealed = seal(key, thing, Buffer.from("a letter"), systemChance)

  const restarted = await house.again()
  const fresh = await keyOf({ vaults: restarted }, account)
  assert.notEqual(fresh.id, key.id)
  assert.throws(() => openSealed(fresh.key, thing, sealed), { code: "not-authentic" })
  const empty = restarted.openSession(account, [])
  await assert.rejects(empty.sealKey(key.id), { code: "generation-closed" })
  assert.equal((await empty.sealKeys([key.id])).size, 0)

  const session = restarted.openSession(account, await restarted.openWraps(account, holder))
  assert.equal(openSealed(await session.sealKey(key.id), thing, sealed).toString(), "a letter")
  const both = await session.sealKeys([key.id, fresh.id, 12345])
  assert.deepEqual([...both.keys()].sort(), [key.id, fresh.id].sort())
  session.close()
  await assert.rejects(session.sealKey(key.id), { code: "session-closed" })
  await assert.rejects(session.sealKeys([key.id]), { code: "session-closed" })
})

test("zeroes the raw private keys that a session takes over", async t => {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const keys = await house.vaults.openWraps(account, holder)
  house.vaults.openSession(account, keys)
  assert(keys.every(key => key.privateKey.every(byte => byte === 0)))
})

test("seals to the new generation once it has begun, in every process", async t => {
  const house = await openTestVaults(t)
  const { store, vaults } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const other = await house.again()
  const old = await keyOf(house, account)
  const oldThere = await keyOf({ vaults: other }, account)
  const heard = Promise.withResolvers<void>()
  await store.listen(
    "vaults_generation",
    () => heard.resolve(),
    () => undefined,
  )
  const newHolder = makeHolder(2)
  await store.transaction(async tx => {
    await vaults.addWraps(tx, account, newHolder, [await vaults.newGeneration(tx, account)])
  })
  vaults.generationBegan(account)
  await heard.promise
  for (const [process, before] of [
    [vaults, old],
    [other, oldThere],
  ] as const) {
    const key = await keyOf({ vaults: process }, account)
    assert.notEqual(key, before)
    const session = vaults.openSession(account, await vaults.openWraps(account, newHolder))
    assert((await session.sealKey(key.id)).equals(key.key))
    await assert.rejects(session.sealKey(before.id), { code: "generation-closed" })
  }
})

test("keeps what the server may read apart by purpose and place", async t => {
  const { vaults } = await openTestVaults(t)
  const sealed = vaults.sealToServer("mailbox-name", "7/1", Buffer.from("Inbox"))
  assert.equal(vaults.openFromServer("mailbox-name", "7/1", sealed).toString(), "Inbox")
  assert.throws(() => vaults.openFromServer("mailbox-name", "7/2", sealed), { code: "not-authentic" })
  // @ts-expect-error There is one purpose so far; a second one must not open what is the first one's.
  assert.throws(() => vaults.openFromServer("another", "7/1", sealed), { code: "not-authentic" })
})

test("hashes equal values of two accounts and two purposes differently", async t => {
  const { vaults } = await openTestVaults(t)
  const [one, two] = [asId<AccountId>(1), asId<AccountId>(2)]
  const hash = vaults.keyedHash(one, "message-id", "<a@b>")
  assert.equal(hash.length, 16)
  assert.deepEqual(vaults.keyedHash(one, "message-id", Buffer.from("<a@b>")), hash)
  assert.notDeepEqual(vaults.keyedHash(two, "message-id", "<a@b>"), hash)
  assert.notDeepEqual(vaults.keyedHash(one, "sender-rule", "<a@b>"), hash)
})
