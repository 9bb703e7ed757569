import assert from "node:assert/strict"
import { test } from "node:test"
import { makeAccount, makeHolder } from "../../vaults/open-test-vaults.ts"
import { recordingKeys } from "./account-keys.ts"
import { SALT_BYTES } from "./leaf.ts"
import { access, openTestLedger, type TestLedger } from "./open-test-ledger.ts"

test("each generation of an account's key is in the ledger, with the key that new mail is sealed to", async t => {
  const house = await openTestLedger(t)
  const { store, signIn } = house
  const vaults = recordingKeys(house.vaults, house.ledger)
  const holder = makeHolder()
  const account = await makeAccount({ ...house, vaults }, holder)
  await store.transaction(async tx =>
    vaults.addWraps(tx, account, holder, [await vaults.newGeneration(tx, account)]),
  )
  const keys = await store.sql<{ generation: number; key: string }[]>`
    select generation, encode(public_key, 'hex') as key from vault where account_id = ${account} order by generation`
  const session = await signIn(account, holder)
  const rows = await store.sql<{ hash: string; sealed: Buffer }[]>`
    select encode(leaf_hash, 'hex') as hash, sealed from ledger_detail where account_id = ${account}`
  const events = rows.map(({ hash, sealed }) => {
    const detail = session.openFromVault("ledger-event", hash, sealed).subarray(SALT_BYTES)
    const { kind, generation, publicKey } = JSON.parse(detail.toString())
    return { kind, generation, publicKey }
  })
  assert.deepEqual(
    events.sort((one, other) => one.generation - other.generation),
    keys.map(({ generation, key }) => ({ kind: "account-key", generation, publicKey: key })),
  )
  assert.equal(events.length, 2)
})

test("a key that is not made after all leaves nothing in the ledger", async t => {
  const house = await openTestLedger(t)
  const vaults = recordingKeys(house.vaults, house.ledger)
  const { account } = await house.makePerson()
  const undone = house.store.transaction(async tx => {
    await vaults.newGeneration(tx, account)
    throw new Error("undone")
  })
  await assert.rejects(undone, /undone/)
  assert.equal((await house.store.sql`select from ledger_detail`).length, 0)
})

test("an event that comes while a new key is being made is sealed to that key, not to the one that is left", async t => {
  const house = await openTestLedger(t)
  const { store, ledger } = house
  const { account } = await house.makePerson()
  const isMade = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const making = store.transaction(async tx => {
    const key = await house.vaults.newGeneration(tx, account)
    isMade.resolve()
    await mayCommit.promise
    return key
  })
  await isMade.promise
  const recording = ledger.recordNow(account, access)
  await waitsForLock(house)
  mayCommit.resolve()
  const session = house.vaults.openSession(account, [await making])
  await recording
  await ledger.flush()
  const own = await ledger.own(session)
  assert(own)
  for await (const { locked, altered } of own.pages) assert.deepEqual([locked, altered], [0, 0])
})

/** Resolves once somebody waits for a row's lock. */
async function waitsForLock({ store }: TestLedger): Promise<void> {
  for (let asked = 0; asked < 10_000; asked++) {
    const waiting = await store.owner`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    if (waiting.length > 0) return
  }
  assert.fail("nobody waited")
}
