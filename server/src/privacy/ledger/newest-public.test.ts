import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { hashLeaf } from "@letterkeep/tlog"
import type { LedgerEvent } from "./contract.ts"
import { writeLeaf } from "./leaf.ts"
import { newestPublic, WAITING_LIMIT } from "./newest-public.ts"
import { openTestLedger } from "./open-test-ledger.ts"

const entry = (number: number): LedgerEvent & { readonly kind: "agreement" } => ({
  kind: "agreement",
  number,
  says: "agreed",
  recipient: "dns",
  purposes: [],
  fields: [],
})
const leafOf = (number: number): Buffer =>
  writeLeaf("agreement", { kind: "public", detail: Buffer.from(JSON.stringify(entry(number))) })

async function open(t: TestContext) {
  const house = await openTestLedger(t)
  const { store, vaults, ledger } = house
  await ledger.close() // nothing is numbered but where a test says so
  return {
    ...house,
    told: async (): Promise<unknown> => {
      const newest = await newestPublic(store.sql, vaults, "agreement")
      return newest.kind === "told" ? newest.detail.number : newest.kind
    },
    record: async (number: number) => ledger.recordNow(null, entry(number)),
    /** Gives numbers to what waits. */
    number: async () => {
      const node = await house.node()
      await node.flush()
      await node.close()
    },
  }
}

test("what waits and what has a number both count, and the highest number of a register wins", async t => {
  const { told, record, number } = await open(t)
  assert.equal(await told(), "none")
  await record(1)
  assert.equal(await told(), 1)
  await number()
  assert.equal(await told(), 1)
  await record(2)
  assert.equal(await told(), 2)
})

test("what waits and was not written by this server counts for nothing", async t => {
  const { store, told, record, number } = await open(t)
  for (const mac of [Buffer.alloc(0), Buffer.alloc(32)]) {
    await store.owner`insert into ledger_waiting (data, mac, created_at) values (${leafOf(7)}, ${mac}, now())`
    assert.equal(await told(), "none")
  }
  await record(8)
  await number()
  await store.owner`insert into ledger_waiting (data, mac, created_at) values (${leafOf(7)}, '', now())`
  assert.equal(await told(), 8, "a row of somebody else's hides what the tree has")
})

test("what waited before and is put back with the MAC that it had hides nothing newer", async t => {
  const { store, told, record, number } = await open(t)
  await record(1)
  const [old] = await store.owner<{ data: Buffer; mac: Buffer; created_at: Date }[]>`
    select data, mac, created_at from ledger_waiting`
  assert.ok(old)
  await record(2)
  await number()
  await store.owner`
    insert into ledger_waiting (data, mac, created_at) values (${old.data}, ${old.mac}, ${old.created_at})`
  assert.equal(await told(), 2)
})

test("a leaf that is under no checkpoint hides nothing", async t => {
  const { store, told, record, number } = await open(t)
  await record(1)
  await record(2)
  await number()
  const data = leafOf(1)
  await store.owner`
    insert into ledger_leaf (leaf, data, hash, created_at) values (1000, ${data}, ${hashLeaf(data)}, now())`
  assert.equal(await told(), 2)
})

test("where more wait than are looked at, nothing is said to be the newest", async t => {
  const { store, told, record } = await open(t)
  await record(3)
  await store.owner`
    insert into ledger_waiting (data, mac, created_at)
    select ${leafOf(2)}, '', now() from generate_series(1, ${WAITING_LIMIT})`
  assert.equal(await told(), "unreadable")
})
