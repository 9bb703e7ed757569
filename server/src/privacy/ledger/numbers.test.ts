import assert from "node:assert/strict"
import { test } from "node:test"
import { hashLeaf } from "@letterkeep/tlog"
import type { AccountId, Sql } from "../../store/index.ts"
import { testPrivacy } from "../test-privacy.ts"
import { LedgerBrokenError } from "./index.ts"
import { access, openTestLedger, type TestLedger } from "./open-test-ledger.ts"
import { macOfWaiting } from "./waiting-mac.ts"

/** What is noticed by an account's numbers: by `verify`, and by the person's own export. */

type Person = Awaited<ReturnType<TestLedger["makePerson"]>>

async function fill(house: TestLedger, events = 4): Promise<{ readonly anna: Person; readonly ben: Person }> {
  const [anna, ben] = [await house.makePerson(), await house.makePerson()]
  for (let event = 0; event < events; event++)
    for (const { account } of [anna, ben]) await house.ledger.recordNow(account, access)
  await house.ledger.flush()
  return { anna, ben }
}

async function exportOf(house: TestLedger, { account, holder }: Person) {
  const own = await house.ledger.own(await house.signIn(account, holder))
  assert(own)
  const numbers: number[] = []
  let altered = 0
  for await (const page of own.pages) {
    altered += page.altered
    await testPrivacy.gate("ledger.show", { kind: "account", account }, async permit => {
      for (const event of page.events.open(permit)) numbers.push(JSON.parse(event.detail).number)
    })
  }
  return { numbers, altered }
}

const faultsOf = async (house: TestLedger): Promise<string> => (await house.ledger.verify()).faults.join("\n")
const hashOf = (sql: Sql, leaf: number) => sql`select hash from ledger_leaf where leaf = ${leaf}`

test("events about somebody are numbered from 1 without a gap, however many write at once or give up", async t => {
  const house = await openTestLedger(t)
  const { anna, ben } = await fill(house, 2)
  const undone = house.store.transaction(async tx => {
    await house.ledger.record(tx, anna.account, access)
    throw new Error("undone")
  })
  const done = [1, 2, 3, 4, 5].map(() => house.ledger.recordNow(anna.account, access))
  await Promise.allSettled([undone, ...done])
  await house.ledger.flush()
  const { numbers, altered } = await exportOf(house, anna)
  assert.deepEqual([numbers.toSorted(), altered], [[1, 2, 3, 4, 5, 6, 7], 0])
  assert.deepEqual(await exportOf(house, ben), { numbers: [1, 2], altered: 0 })
  assert.equal(await faultsOf(house), "")
})

test("places tell nothing: none is there twice, and whoever lacks an account's key makes none", async t => {
  const house = await openTestLedger(t)
  const { anna } = await fill(house)
  const [row] = await house.store.sql<{ leaves: number; places: number }[]>`
    select count(*)::int as leaves, count(distinct place)::int as places from ledger_leaf`
  assert.deepEqual(row, { leaves: 8, places: 8 })
  assert.ok(await house.vaults.accountMark(house.store.sql, anna.account))
  await house.store.sql`delete from account where account_id = ${anna.account}`
  await assert.rejects(house.vaults.accountMark(house.store.sql, anna.account), /no first key/)
})

test("when an account has gone with all that is its own, nothing is missed", async t => {
  const house = await openTestLedger(t)
  const { anna, ben } = await fill(house)
  await house.store.sql`delete from account where account_id = ${anna.account}`
  assert.equal((await house.store.sql`select from ledger_count`).length, 1)
  assert.equal(await faultsOf(house), "")
  assert.deepEqual(await exportOf(house, ben), { numbers: [1, 2, 3, 4], altered: 0 })
})

interface Tampering {
  readonly what: string
  readonly run: (sql: Sql, anna: AccountId, ben: AccountId) => Promise<unknown>
  readonly said: RegExp
  /** What Anna's export then counts. */
  readonly altered: number
}

// Anna's are the leaves 0, 2, 4 and 6.
const tamperings: readonly Tampering[] = [
  {
    what: "a detail in the middle is deleted",
    run: sql => sql`delete from ledger_detail where leaf_hash = (${hashOf(sql, 2)})`,
    said: /What event 2 about account \d+ says was taken out: it is event 2 of the ledger\./,
    altered: 1,
  },
  {
    what: "the last detail is deleted, and the count lowered",
    run: async (sql, anna) => {
      await sql`delete from ledger_detail where leaf_hash = (${hashOf(sql, 6)})`
      await sql`update ledger_count set events = 3 where account_id = ${anna}`
    },
    said: /The count of events about account \d+ was changed\.\n.*event 4 about account \d+ says was taken out/,
    altered: 1,
  },
  {
    what: "everything of a person's is deleted, with their count",
    run: async (sql, anna) => {
      await sql`delete from ledger_detail where account_id = ${anna}`
      await sql`delete from ledger_count where account_id = ${anna}`
    },
    said: /event 1 about account \d+ says was taken out[\s\S]*is 0, and the ledger has 4: it went back/,
    altered: 4,
  },
  {
    what: "details change places between two people",
    run: async (sql, anna, ben) => {
      const [hers, his] = [hashOf(sql, 2), hashOf(sql, 3)]
      await sql`update ledger_detail set account_id = ${ben} where leaf_hash = (${hers})`
      await sql`update ledger_detail set account_id = ${anna} where leaf_hash = (${his})`
    },
    said: /event 2 about account \d+ says was taken out[\s\S]*event 2 about account \d+ says was taken out/,
    altered: 2,
  },
  {
    what: "what is sealed changes places between two people",
    run: sql => sql`
      update ledger_detail as one set sealed = other.sealed from ledger_detail as other
       where one.leaf_hash in ((${hashOf(sql, 2)}), (${hashOf(sql, 3)}))
         and other.leaf_hash in ((${hashOf(sql, 2)}), (${hashOf(sql, 3)})) and one.leaf_hash <> other.leaf_hash`,
    said: /event 2 about account \d+ says was changed/,
    altered: 1,
  },
  {
    what: "the first key is exchanged, so that nothing is looked for",
    run: (sql, anna) =>
      sql`update vault set public_key = sha256(public_key) where account_id = ${anna} and generation = 1`,
    said: /The first key of account \d+ is gone, or not the one/,
    altered: -1,
  },
  {
    what: "a leaf stands at another place than its own",
    run: sql => sql`update ledger_leaf set place = sha256(place) where leaf = 2`,
    said: /Event 2 does not have the place that is kept with it\./,
    altered: 1,
  },
]

for (const { what, run, said, altered } of tamperings)
  test(`it is noticed that ${what}`, async t => {
    const house = await openTestLedger(t)
    const { anna, ben } = await fill(house)
    await run(house.store.owner, anna.account, ben.account)
    assert.match(await faultsOf(house), said)
    if (altered < 0) await assert.rejects(exportOf(house, anna), LedgerBrokenError)
    else assert.equal((await exportOf(house, anna)).altered, altered)
  })

test("an event that is taken out before it has its number is missed by its number", async t => {
  const house = await openTestLedger(t)
  const { anna } = await fill(house)
  await house.ledger.recordNow(anna.account, access)
  assert.equal((await exportOf(house, anna)).altered, 0)
  await house.store.owner`delete from ledger_waiting`
  await house.store.owner`
    delete from ledger_detail where account_id = ${anna.account}
      and leaf_hash not in (select hash from ledger_leaf)`
  assert.equal((await exportOf(house, anna)).altered, 1)
  assert.match(await faultsOf(house), /^Event 5 about account \d+ is not in the ledger: it was dropped\.$/)
})

test("a count that is put back as it was is noticed by the tree, and no number is given twice", async t => {
  const house = await openTestLedger(t)
  const { store, ledger, log } = house
  const anna = await house.makePerson()
  for (let event = 0; event < 3; event++) await ledger.recordNow(anna.account, access)
  const [old] = await store.sql<{ events: number; mac: Buffer }[]>`select events, mac from ledger_count`
  assert(old)
  for (let event = 0; event < 2; event++) await ledger.recordNow(anna.account, access)
  await ledger.flush()
  await store.owner`delete from ledger_detail where leaf_hash in (select hash from ledger_leaf where leaf >= 3)`
  await store.owner`update ledger_count set events = ${old.events}, mac = ${old.mac}`
  assert.match(await faultsOf(house), /account \d+ is 3, and the ledger has 5: it went back\./)
  assert.deepEqual(await exportOf(house, anna), { numbers: [1, 2, 3], altered: 2 })
  await ledger.recordNow(anna.account, access)
  await ledger.flush()
  assert.deepEqual(await exportOf(house, anna), { numbers: [1, 2, 3, 6], altered: 2 })
  assert.ok(log.events.some(event => event.name === "ledger.count-not-ours"))
  assert.match(await faultsOf(house), /^What event 4 about[^\n]+\nWhat event 5 about[^\n]+$/)
})

test("a count that nobody of ours wrote is not believed", async t => {
  const house = await openTestLedger(t)
  const { anna } = await fill(house)
  await house.store.owner`update ledger_count set events = 9000000000000 where account_id = ${anna.account}`
  await house.ledger.recordNow(anna.account, access)
  await house.ledger.flush()
  assert.deepEqual(await exportOf(house, anna), { numbers: [1, 2, 3, 4, 5], altered: 0 })
  assert.equal(await faultsOf(house), "")
})

test("a person's events from before there were numbers are shown and not missed", async t => {
  const house = await openTestLedger(t)
  const { anna } = await fill(house)
  // As an older version left them: no place in the leaf, no MAC, no count.
  const data = Buffer.from(`letterkeep ledger 1\nchoice\nsha256 ${"ab".repeat(32)}\n`)
  await house.store.owner`
    insert into ledger_waiting (data, mac, created_at)
    values (${data}, ${macOfWaiting(house.vaults, data, house.clock.at)}, ${new Date(house.clock.at)})`
  await house.store.owner`
    insert into ledger_detail (account_id, leaf_hash, sealed, created_at)
    values (${anna.account}, ${hashLeaf(data)}, ${Buffer.alloc(100)}, ${new Date(house.clock.at)})`
  await house.ledger.flush()
  assert.equal(await faultsOf(house), "")
})
