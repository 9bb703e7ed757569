import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { silentLog } from "../../ports/log.ts"
import { atEnd } from "../../store/at-end.ts"
import { migrate } from "../../store/migrate.ts"
import { readMigrations } from "../../store/migrations.ts"
import { openPool, poolLimits } from "../../store/pool.ts"
import { makeTestDatabase, openTestStore } from "../../store/test-store.ts"
import { openVaults } from "../../vaults/index.ts"
import { createLedger } from "./index.ts"
import { openTestLedger, told } from "./open-test-ledger.ts"
import { createLedgerSigner, originOf } from "./signer.ts"

test("a database that is begun anew beside the old key file signs under another name", async t => {
  const house = await openTestLedger(t)
  await house.ledger.recordNow(null, told)
  await house.ledger.flush()
  const store = await openTestStore(t)
  const vaults = await openVaults({ ...house, store, chance: systemChance })
  atEnd(t, () => vaults.close())
  const ledger = await createLedger({ ...house, store, vaults, chance: systemChance })
  atEnd(t, () => ledger.close())
  await ledger.recordNow(null, told)
  await ledger.flush()
  assert.deepEqual(vaults.ledgerKey.publicKey, house.vaults.ledgerKey.publicKey)
  assert.equal(vaults.keyFileId, house.vaults.keyFileId)
  assert.notEqual(ledger.open.origin, house.ledger.open.origin)
  assert.notEqual(ledger.open.verifierKey, house.ledger.open.verifierKey)
  const note = (await ledger.open.checkpoint()) ?? ""
  assert.equal(createLedgerSigner(vaults, ledger.open.origin).open(note)?.size, 1)
  assert.equal(createLedgerSigner(house.vaults, house.ledger.open.origin).open(note), undefined)
})

test("a database keeps its name when it is opened again", async t => {
  const house = await openTestLedger(t)
  const again = await house.node()
  assert.equal(again.open.origin, house.ledger.open.origin)
  assert.match(again.open.origin, /^letterkeep-ledger\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/)
})

test("a log that was begun when names had no incarnation keeps its own", async t => {
  const house = await openTestLedger(t)
  const { store, vaults } = house
  const earlier = `letterkeep-ledger/${vaults.keyFileId}`
  await store.owner`update letterkeep set ledger_origin = ${earlier}`
  assert.equal(await originOf(store, vaults), earlier)
  await store.owner`update letterkeep set ledger_origin = 'letterkeep-ledger/another'`
  assert.equal(await originOf(store, vaults), house.ledger.open.origin, "no other name can be put there")
})

test("only a ledger that has a checkpoint when it is migrated is one that was begun before", async t => {
  const all = readMigrations()
  for (const hasCheckpoint of [true, false]) {
    const url = await makeTestDatabase(t, "empty")
    const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 1 })
    atEnd(t, () => sql.end({ timeout: 5 }))
    await migrate(
      sql,
      all.filter(({ version }) => version < 11),
      silentLog,
    )
    await sql`insert into letterkeep (incarnation, key_file_id)
      values (gen_random_uuid(), '1b1779d6-6c4a-43be-8a4e-ca0414ba6507')`
    if (hasCheckpoint) await sql`insert into ledger_checkpoint values (1, 'a note', now())`
    await migrate(sql, all, silentLog)
    const [row] = await sql<{ name: string | null }[]>`select ledger_origin as name from letterkeep`
    const earlier = "letterkeep-ledger/1b1779d6-6c4a-43be-8a4e-ca0414ba6507"
    assert.equal(row?.name, hasCheckpoint ? earlier : null)
  }
})
