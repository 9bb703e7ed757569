import assert from "node:assert/strict"
import { test } from "node:test"
import {
  hashLeaf,
  inclusionProof,
  nodesFromTiles,
  parseEntryBundle,
  parseTilePath,
  rootOf,
  verifyInclusion,
} from "@letterkeep/tlog"
import { commitTo, parseLeaf, SALT_BYTES } from "./leaf.ts"
import { access, openTestLedger, told } from "./open-test-ledger.ts"
import { createLedgerSigner } from "./signer.ts"
import { readTiles } from "./tree-rows.ts"

test("an event gets a number and a signed checkpoint that proves it", async t => {
  const { ledger, vaults, store } = await openTestLedger(t)
  assert.equal(await ledger.open.checkpoint(), undefined)
  for (let event = 0; event < 3; event++) await ledger.recordNow(null, { ...told, count: event + 1 })
  await ledger.flush()
  const head = createLedgerSigner(vaults, ledger.open.origin).open((await ledger.open.checkpoint()) ?? "")
  assert.equal(head?.size, 3)
  const bundle = await ledger.open.tile({ level: "entries", index: 0, width: 3 })
  const leaves = parseEntryBundle(bundle ?? Buffer.alloc(0), 3)
  assert(leaves)
  for (const [leaf, data] of leaves.entries()) {
    const content = parseLeaf(data)?.content
    assert(content?.kind === "public")
    assert.equal(JSON.parse(content.detail.toString()).count, leaf + 1)
    const read = nodesFromTiles(3, readTiles(store.sql))
    const proof = await inclusionProof(leaf, 3, read)
    assert.ok(verifyInclusion({ leafHash: hashLeaf(data), leaf, size: 3, root: head.root, proof }))
  }
})

test("an event about somebody opens in their session alone, and is what its leaf commits to", async t => {
  const { ledger, store, makePerson, signIn, clock } = await openTestLedger(t)
  const { account, holder } = await makePerson()
  await ledger.recordNow(account, access)
  await ledger.flush()
  const [row] = await store.sql<{ leaf_hash: Buffer; sealed: Buffer; data: Buffer }[]>`
    select leaf_hash, sealed, data from ledger_detail join ledger_leaf on hash = leaf_hash where account_id = ${account}`
  assert(row)
  for (const stored of [row.sealed, row.data])
    assert.ok(!stored.includes("by phone") && !stored.includes("user.contact"))
  const session = await signIn(account, holder)
  const plain = session.openFromVault("ledger-event", row.leaf_hash.toString("hex"), row.sealed)
  const [salt, detail] = [plain.subarray(0, SALT_BYTES), plain.subarray(SALT_BYTES)]
  assert.deepEqual(JSON.parse(detail.toString()), {
    ...access,
    at: new Date(clock.at).toISOString(),
    number: 1,
    policyVersion: "1",
    subject: account,
  })
  const content = parseLeaf(row.data)?.content
  assert(content?.kind === "sealed")
  assert.deepEqual(content.commitment, commitTo(salt, detail))
})

test("a detail that was moved to another event or another person does not open", async t => {
  const { ledger, store, makePerson, signIn } = await openTestLedger(t)
  const [one, other] = [await makePerson(), await makePerson()]
  for (const account of [one.account, one.account, other.account]) await ledger.recordNow(account, access)
  const rows = await store.sql<{ account_id: number; leaf_hash: Buffer; sealed: Buffer }[]>`
    select account_id, leaf_hash, sealed from ledger_detail order by account_id, leaf_hash`
  const [first, second, third] = rows
  assert(first && second && third)
  const session = await signIn(one.account, one.holder)
  const idOf = (row: { leaf_hash: Buffer }): string => row.leaf_hash.toString("hex")
  assert.ok(session.openFromVault("ledger-event", idOf(first), first.sealed))
  assert.throws(() => session.openFromVault("ledger-event", idOf(first), second.sealed), /altered/)
  assert.throws(() => session.openFromVault("ledger-event", idOf(third), third.sealed), /altered/)
})

test("when an account goes, what the ledger said of it goes; the leaves stay, and the proofs with them", async t => {
  const { ledger, store, makePerson } = await openTestLedger(t)
  const { account } = await makePerson()
  await ledger.recordNow(account, access)
  await ledger.flush()
  const before = await ledger.open.checkpoint()
  await store.sql`delete from account where account_id = ${account}`
  assert.equal((await store.sql`select from ledger_detail`).length, 0)
  assert.equal((await store.sql`select from ledger_leaf`).length, 1)
  assert.equal(await ledger.open.checkpoint(), before)
})

test("an action that is undone leaves no event, and an event that cannot be written undoes the action", async t => {
  const { ledger, store, makePerson } = await openTestLedger(t)
  const { account } = await makePerson()
  const undone = store.transaction(async tx => {
    await ledger.record(tx, account, access)
    throw new Error("undone")
  })
  await assert.rejects(undone, /undone/)
  const tooLong = store.transaction(async tx => {
    await tx`insert into org (name) values ('never')`
    await ledger.record(tx, account, { ...access, reason: "x".repeat(20_000) })
  })
  await assert.rejects(tooLong, RangeError)
  await ledger.flush()
  assert.equal((await store.sql`select from org where name = 'never'`).length, 0)
  for (const table of ["ledger_count", "ledger_detail", "ledger_waiting", "ledger_leaf", "ledger_checkpoint"])
    assert.equal((await store.sql.unsafe(`select from ${table}`)).length, 0, table)
})

test("what is about somebody is never written for all to read", async t => {
  const { ledger } = await openTestLedger(t)
  // @ts-expect-error: what staff did is about somebody
  await assert.rejects(ledger.recordNow(null, access), /about somebody/)
})

test("tiles are there once the tree has grown to them, and never change", async t => {
  const { ledger, store } = await openTestLedger(t)
  const write = (count: number) =>
    store.transaction(async tx => {
      for (let event = 0; event < count; event++) await ledger.record(tx, null, told)
    })
  await write(3)
  await ledger.flush()
  const early = await ledger.open.tile({ level: 0, index: 0, width: 3 })
  await write(1500)
  await ledger.flush()
  assert.deepEqual(await ledger.open.tile({ level: 0, index: 0, width: 3 }), early)
  const there = [
    "tile/0/000",
    "tile/0/005.p/223",
    "tile/1/000.p/5",
    "tile/entries/004",
    "tile/entries/005.p/1",
  ]
  const missing = ["tile/0/005", "tile/0/005.p/224", "tile/1/000.p/6", "tile/entries/005", "tile/2/000.p/1"]
  for (const path of [...there, ...missing, `tile/entries/${"x999/".repeat(4)}999`]) {
    const id = parseTilePath(path)
    assert(id)
    const tile = await ledger.open.tile(id)
    assert.equal(tile !== undefined, there.includes(path), path)
    if (tile !== undefined && id.level !== "entries") assert.equal(tile.length, 32 * id.width)
  }
  const sizes = await store.sql<
    { size: number; lag: number }[]
  >`select size from ledger_checkpoint order by size`
  assert.deepEqual(
    sizes.map(row => row.size),
    [3, 1027, 1503],
  )
  assert.ok(await rootOf(1503, nodesFromTiles(1503, readTiles(store.sql))))
})
