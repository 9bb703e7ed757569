import assert from "node:assert/strict"
import { test } from "node:test"
import { hashLeaf } from "@letterkeep/tlog"
import { systemChance } from "../../ports/chance.ts"
import type { Sql } from "../../store/index.ts"
import { access, openTestLedger, type TestLedger, told } from "./open-test-ledger.ts"
import { createRecorder } from "./record.ts"
import { createLedgerSigner } from "./signer.ts"
import { verifyRows } from "./verify-rows.ts"

/** 286 events under three checkpoints, some about a person. */
async function fill(house: TestLedger): Promise<void> {
  const { account } = await house.makePerson()
  for (const count of [3, 253, 30]) {
    await house.store.transaction(async tx => {
      for (let event = 0; event < count; event++)
        await (event % 10 === 0
          ? house.ledger.record(tx, account, access)
          : house.ledger.record(tx, null, told))
    })
    await house.ledger.flush()
  }
}

test("finds nothing wrong with a ledger that nobody touched, empty or not", async t => {
  const house = await openTestLedger(t)
  const empty = await house.ledger.verify()
  assert.deepEqual([empty.events, empty.checkpoints, empty.waiting, empty.faults], [0, 0, 0, []])
  await fill(house)
  await house.ledger.recordNow(null, told)
  const full = await house.ledger.verify()
  assert.deepEqual([full.events, full.checkpoints, full.waiting, full.faults], [286, 3, 1, []])
})

const leafOf = (house: TestLedger, text: string) => {
  const data = Buffer.from(text)
  return { data, hash: hashLeaf(data), house }
}
const attacks: Readonly<Record<string, (sql: Sql, house: TestLedger) => Promise<unknown>>> = {
  "edited, with its hash": (sql, house) => {
    const { data, hash } = leafOf(house, 'letterkeep ledger 1\ndisclosure\npublic {"count":1}\n')
    return sql`update ledger_leaf set data = ${data}, hash = ${hash} where leaf = 270`
  },
  "edited, without its hash": (sql, house) => {
    const { data } = leafOf(house, 'letterkeep ledger 1\ndisclosure\npublic {"count":1}\n')
    return sql`update ledger_leaf set data = ${data} where leaf = 270`
  },
  dropped: sql => sql`delete from ledger_leaf where leaf = 270`,
  "dropped at the end": sql => sql`delete from ledger_leaf where leaf >= 280`,
  "dropped, and those after it moved up": async sql => {
    await sql`delete from ledger_leaf where leaf = 270`
    await sql`update ledger_leaf set leaf = leaf - 1001 where leaf > 270`
    await sql`update ledger_leaf set leaf = leaf + 1000 where leaf < 0`
  },
  reordered: async sql => {
    await sql`update ledger_leaf set leaf = -1 where leaf = 270`
    await sql`update ledger_leaf set leaf = 270 where leaf = 271`
    await sql`update ledger_leaf set leaf = 271 where leaf = -1`
  },
  "added at the end": (sql, house) => {
    const { data, hash } = leafOf(house, 'letterkeep ledger 1\ndisclosure\npublic {"count":1}\n')
    return sql`insert into ledger_leaf (leaf, data, hash, created_at) values (286, ${data}, ${hash}, now())`
  },
  "rolled back as a whole": async sql => {
    await sql`delete from ledger_checkpoint where size > 256`
    await sql`delete from ledger_leaf where leaf >= 256`
    await sql`delete from ledger_tile where level = 0 and no > 0`
  },
  "covered by a checkpoint of somebody else": sql =>
    sql`update ledger_checkpoint set note = replace(note, chr(8212) || ' letterkeep', chr(8212) || ' others') where size = 3`,
  "under a checkpoint that stands elsewhere": sql =>
    sql`update ledger_checkpoint set size = 5 where size = 3`,
  "in a full tile that was changed": sql =>
    sql`update ledger_tile set hashes = set_byte(hashes, 64, 255 - get_byte(hashes, 64)) where level = 0 and no = 0`,
  "in a tile that still grows and was changed": sql =>
    sql`update ledger_tile set hashes = set_byte(hashes, 64, 255 - get_byte(hashes, 64)) where level = 0 and no = 1`,
  "in a tile that is gone": sql => sql`delete from ledger_tile where level = 1`,
  "in a tile that is too many": sql =>
    sql`insert into ledger_tile (level, no, hashes) values (0, 2, ${Buffer.alloc(32)})`,
}
for (const [what, attack] of Object.entries(attacks))
  test(`says so when an event was ${what}`, async t => {
    const house = await openTestLedger(t)
    await fill(house)
    await attack(house.store.owner, house)
    const { faults } = await house.ledger.verify()
    assert.ok(faults.length > 0)
    for (const fault of faults) assert.match(fault, /^[A-Z0-9].*\.$/)
  })

test("says so when an event was taken away before it had its number", async t => {
  const house = await openTestLedger(t)
  const { account } = await house.makePerson()
  await house.ledger.recordNow(account, access)
  house.clock.at += 6_000
  assert.match((await house.ledger.verify()).faults.join(), /waited for a number for more than 5 s/)
  await house.store.owner`delete from ledger_waiting`
  assert.match((await house.ledger.verify()).faults.join(), /it was dropped/)
})

test("what waits is not said to be dropped, however much waits before it", async t => {
  const house = await openTestLedger(t)
  await house.ledger.close()
  const strange = 20_500
  await house.store.owner`
    insert into ledger_waiting (data, mac, created_at)
    select 'x', 'x', ${new Date(house.clock.at)} from generate_series(1, ${strange})`
  const people = await Promise.all(Array.from({ length: 2 }, () => house.makePerson()))
  const record = createRecorder({ ...house, chance: systemChance })
  for (const { account } of people) await record.recordNow(account, access)
  house.clock.at += 6_000
  const { waiting, faults } = await house.ledger.verify()
  assert.equal(waiting, strange + people.length)
  assert.match(faults.join(), /20500 events that wait were not written/)
  assert.doesNotMatch(faults.join(), /dropped|two events/)
  const few = {
    ...house,
    placesAtMost: 1,
    signer: createLedgerSigner(house.vaults, house.ledger.open.origin),
  }
  const found = (await verifyRows(few, undefined)).faults.join()
  assert.match(found, /Too many events wait/)
  assert.doesNotMatch(found, /dropped|two events/)
})

test("says so when something waits that this server did not write", async t => {
  const house = await openTestLedger(t)
  await house.store.sql`
    insert into ledger_waiting (data, mac, created_at)
    values (${Buffer.from("x")}, ${Buffer.alloc(32)}, ${new Date(house.clock.at)})`
  assert.match((await house.ledger.verify()).faults.join(), /not written by this server/)
})

test("a ledger with faults without end is told in few sentences", async t => {
  const house = await openTestLedger(t)
  await fill(house)
  await house.store.owner`update ledger_leaf set hash = hash || '\\x00'::bytea`
  const { faults } = await house.ledger.verify()
  assert.ok(faults.length <= 51)
  assert.match(faults.at(-1) ?? "", /more faults/)
})

test("who knows the database but not the key file makes no ledger that passes", async t => {
  const house = await openTestLedger(t)
  await fill(house)
  const other = await openTestLedger(t)
  await fill(other)
  for (const table of ["ledger_checkpoint", "ledger_leaf", "ledger_tile"])
    await house.store.owner.unsafe(`delete from ${table}`)
  const leaves = await other.store.sql<{ leaf: number; data: Buffer; hash: Buffer; created_at: Date }[]>`
    select leaf, data, hash, created_at from ledger_leaf`
  for (const { leaf, data, hash, created_at } of leaves)
    await house.store.sql`insert into ledger_leaf values (${leaf}, ${data}, ${hash}, ${created_at})`
  const notes = await other.store.sql<{ size: number; note: string; created_at: Date }[]>`
    select size, note, created_at from ledger_checkpoint`
  const [from, to] = [other.ledger.open.origin, house.ledger.open.origin]
  for (const { size, note, created_at } of notes)
    await house.store.sql`
      insert into ledger_checkpoint (size, note, created_at) values (${size}, ${note.replaceAll(from, to)}, ${created_at})`
  const { faults } = await house.ledger.verify()
  assert.equal(faults.filter(fault => /not signed by this server/.test(fault)).length, 3)
})
