import assert from "node:assert/strict"
import { test } from "node:test"
import { hashLeaf, verifyInclusion } from "@letterkeep/tlog"
import type { VaultSession } from "../../vaults/index.ts"
import { testPrivacy } from "../test-privacy.ts"
import type { HouseLedger } from "./index.ts"
import { commitTo, parseLeaf } from "./leaf.ts"
import { access, openTestLedger, told } from "./open-test-ledger.ts"
import { readOwn } from "./own-events.ts"
import type { ProvenEvent } from "./proof-file.ts"
import { createLedgerSigner } from "./signer.ts"

async function ownOf(ledger: Pick<HouseLedger, "own">, session: VaultSession) {
  const own = await ledger.own(session)
  assert(own)
  const events: ProvenEvent[] = []
  let locked = 0
  let altered = 0
  for await (const page of own.pages) {
    locked += page.locked
    altered += page.altered
    await testPrivacy.gate("ledger.show", { kind: "account", account: session.account }, async permit => {
      events.push(...page.events.open(permit))
    })
  }
  return { checkpoint: own.checkpoint, events, locked, altered }
}

test("gives a person their own events, oldest first, each with what proves it", async t => {
  const house = await openTestLedger(t)
  const { ledger, store, vaults } = house
  const [anna, ben] = [await house.makePerson(), await house.makePerson()]
  await store.transaction(async tx => {
    for (let event = 0; event < 220; event++) {
      await ledger.record(tx, anna.account, { ...access, reason: `number ${event}` })
      if (event % 3 === 0) await ledger.record(tx, ben.account, access)
      if (event % 5 === 0) await ledger.record(tx, null, told)
    }
  })
  await ledger.flush()
  const session = await house.signIn(anna.account, anna.holder)
  const { checkpoint, events, locked, altered } = await ownOf(ledger, session)
  const head = createLedgerSigner(vaults, ledger.open.origin).open(checkpoint)
  assert.equal(head?.size, 220 + 74 + 44)
  assert.deepEqual([events.length, locked, altered], [220, 0, 0])
  for (const [at, { leaf, data, detail, salt, path }] of events.entries()) {
    assert.equal(JSON.parse(detail).reason, `number ${at}`)
    const content = parseLeaf(Buffer.from(data))?.content
    assert(content?.kind === "sealed")
    assert.deepEqual(content.commitment, commitTo(Buffer.from(salt, "base64"), Buffer.from(detail)))
    const proof = path.map(hash => Buffer.from(hash, "base64"))
    const claim = { leafHash: hashLeaf(Buffer.from(data)), leaf, size: head.size, root: head.root, proof }
    assert.ok(verifyInclusion(claim))
  }
})

test("gives a history whole that takes many queries, and misses what is missing in it", async t => {
  const house = await openTestLedger(t)
  const { ledger, store, vaults } = house
  const [anna, ben] = [await house.makePerson(), await house.makePerson()]
  await store.transaction(async tx => {
    for (let event = 0; event < 98; event++) {
      await ledger.record(tx, anna.account, { ...access, reason: `number ${event}` })
      if (event % 3 === 0) await ledger.record(tx, ben.account, access)
    }
  })
  await ledger.flush()
  const session = await house.signIn(anna.account, anna.holder)
  const signer = createLedgerSigner(vaults, ledger.open.origin)
  // 98 are a whole number of sevens; of hundreds, one that is not full
  for (const leavesAtOnce of [1, 7, 100]) {
    const own = () => readOwn({ store, vaults, signer, leavesAtOnce }, session)
    const { events, locked, altered } = await ownOf({ own }, session)
    assert.deepEqual(
      events.map(one => JSON.parse(one.detail).reason),
      Array.from({ length: 98 }, (_, at) => `number ${at}`),
    )
    assert.deepEqual([locked, altered], [0, 0])
  }
  await store.owner`
    delete from ledger_detail using ledger_leaf where hash = leaf_hash and account_id = ${anna.account}
      and leaf in (select leaf from ledger_leaf order by leaf desc limit 1)`
  const own = () => readOwn({ store, vaults, signer, leavesAtOnce: 7 }, session)
  const less = await ownOf({ own }, session)
  assert.deepEqual([less.events.length, less.altered], [97, 1])
})

test("counts what came before a reset as locked, and what somebody changed as altered", async t => {
  const house = await openTestLedger(t)
  const { ledger, store, vaults } = house
  const { account } = await house.makePerson()
  await ledger.recordNow(account, access)
  await ledger.recordNow(account, access)
  const session = await store.transaction(async tx => {
    const key = await vaults.newGeneration(tx, account)
    return vaults.openSession(account, [key])
  })
  for (let event = 0; event < 3; event++) await ledger.recordNow(account, access)
  await ledger.flush()
  await store.owner`
    update ledger_detail set sealed = set_byte(sealed, 60, 1 + get_byte(sealed, 60) % 255)
    where leaf_hash = (select hash from ledger_leaf where leaf = 3)`
  const { events, locked, altered } = await ownOf(ledger, session)
  assert.deepEqual([events.length, locked, altered], [2, 2, 1])
})

for (const [what, sealed] of [
  ["emptied", "''::bytea"],
  ["cut to three octets", "substring(sealed from 1 for 3)"],
  ["cut to the generation alone", "substring(sealed from 1 for 4)"],
  ["cut in the middle", "substring(sealed from 1 for 20)"],
  ["said to be of a generation that nobody has", "set_byte(sealed, 3, 77)"],
  [
    "replaced by another of the person's own",
    "(select sealed from ledger_detail where leaf_hash <> d.leaf_hash limit 1)",
  ],
] as const)
  test(`goes on after an event whose sealed row was ${what}, and counts it as altered, with its MAC and without`, async t => {
    const house = await openTestLedger(t)
    const { ledger, store } = house
    const anna = await house.makePerson()
    for (let event = 0; event < 3; event++) await ledger.recordNow(anna.account, access)
    await ledger.flush()
    await store.owner.unsafe(`update ledger_detail as d set sealed = ${sealed}
      where leaf_hash = (select hash from ledger_leaf where leaf = 1)`)
    const session = await house.signIn(anna.account, anna.holder)
    for (const mac of ["mac", "null", "''::bytea"]) {
      await store.owner.unsafe(`update ledger_detail set mac = ${mac}
        where leaf_hash = (select hash from ledger_leaf where leaf = 1)`)
      const { events, locked, altered } = await ownOf(ledger, session)
      assert.deepEqual([events.map(event => event.leaf), locked, altered], [[0, 2], 0, 1], mac)
    }
  })

test("counts as altered what was told of an event that was taken out of the ledger, or never came to it", async t => {
  const house = await openTestLedger(t)
  const { ledger, store } = house
  const [anna, ben] = [await house.makePerson(), await house.makePerson()]
  for (let event = 0; event < 3; event++) await ledger.recordNow(anna.account, access)
  await ledger.recordNow(ben.account, access)
  await ledger.flush()
  const session = await house.signIn(anna.account, anna.holder)
  await ledger.recordNow(anna.account, access)
  const waiting = await ownOf(ledger, session)
  assert.deepEqual([waiting.events.length, waiting.altered], [3, 0], "what waits for its number is well")
  await store.owner`delete from ledger_leaf where leaf = 1`
  const dropped = await ownOf(ledger, session)
  assert.deepEqual([dropped.events.length, dropped.altered], [2, 1])
  await store.owner`delete from ledger_waiting`
  const both = await ownOf(ledger, session)
  assert.deepEqual([both.events.length, both.altered], [2, 2])
  const other = await ownOf(ledger, await house.signIn(ben.account, ben.holder))
  assert.deepEqual([other.events.length, other.altered], [1, 0])
})

test("there is nothing to give before the first event, and nothing of others", async t => {
  const house = await openTestLedger(t)
  const [anna, ben] = [await house.makePerson(), await house.makePerson()]
  const session = await house.signIn(anna.account, anna.holder)
  assert.equal(await house.ledger.own(session), undefined)
  await house.ledger.recordNow(ben.account, access)
  await house.ledger.flush()
  assert.equal((await ownOf(house.ledger, session)).events.length, 0)
})
