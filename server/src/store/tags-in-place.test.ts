import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { systemClock } from "../ports/clock.ts"
import { recordingLog } from "../ports/log.ts"
import { atEnd } from "./at-end.ts"
import { readMigrations } from "./migrations.ts"
import { openStore } from "./open-store.ts"
import { StoreError } from "./store-error.ts"
import { openTestStore, type TestStore, testRole } from "./test-store.ts"
import { findDrift, tablesOf } from "./untagged-columns.ts"

const drift = (store: TestStore) => findDrift(store.owner, tablesOf(readMigrations()))

/** A server that is started on the database of another. */
async function start(t: TestContext, store: TestStore) {
  const dataFolder = mkdtempSync(join(tmpdir(), "letterkeep-data-"))
  atEnd(t, () => rmSync(dataFolder, { recursive: true, force: true }))
  const log = recordingLog()
  const opened = await openStore({
    dataFolder,
    databaseUrl: store.databaseUrl,
    clock: systemClock,
    log,
    lowWaterBytes: 0,
    appRole: testRole,
    limits: { connections: 2 },
  })
  await opened.close()
  return log.events.filter(one => one.name === "store.tag-altered").map(one => String(one.fields.column))
}

test("says nothing where the comments are those of the migrations", async t => {
  const store = await openTestStore(t)
  assert.deepEqual(await start(t, store), [])
})

test("a tag that somebody changed in the database is put right at the start, and the log says which", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe(`
    comment on column body.data is 'user.content.private.sealed | account | for ever | never';
    comment on column choice.value is null;
    comment on table choice is 'server'`)
  assert.equal((await drift(store)).length, 6)
  assert.deepEqual((await start(t, store)).sort(), ["body.data", "choice", "choice.value"])
  assert.deepEqual(await drift(store), [])
  assert.deepEqual(await start(t, store), [])
})

const faults: readonly [what: string, change: string, says: RegExp][] = [
  [
    "a table of somebody else's that carries a tag",
    "create table mine (id int); comment on column mine.id is 'user.contact.email | account | 1 day | row'",
    /mine\.id carries a tag/,
  ],
  [
    "a column more that carries a tag",
    "alter table email add column more int; comment on column email.more is 'user.contact.email | account | 1 day | row'",
    /email\.more carries a tag/,
  ],
  ["a column that is gone", "alter table choice drop column wording", /choice\.wording is not there/],
  ["a table that is gone", "drop table ledger_tile", /ledger_tile is not there/],
]
for (const [what, change, says] of faults)
  test(`does not start on ${what}`, async t => {
    const store = await openTestStore(t)
    await store.owner.unsafe(change)
    const isSo = (error: unknown) =>
      error instanceof StoreError && error.code === "SCHEMA_ALTERED" && says.test(error.message)
    await assert.rejects(start(t, store), isSo)
  })

test("a table of somebody else's without a tag is left alone", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe("create table mine (id int); comment on table mine is 'what I note'")
  assert.deepEqual(await start(t, store), [])
})
