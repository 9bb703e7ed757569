import assert from "node:assert/strict"
import { test } from "node:test"
import { makeAccount, makeHolder } from "../../vaults/open-test-vaults.ts"
import { recordingKeys } from "./account-keys.ts"
import { SALT_BYTES } from "./leaf.ts"
import { openTestLedger } from "./open-test-ledger.ts"

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
