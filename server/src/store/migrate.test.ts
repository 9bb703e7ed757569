import assert from "node:assert/strict"
import { test } from "node:test"
import { silentLog } from "../ports/log.ts"
import { migrate } from "./migrate.ts"
import { type Migration, readMigrations } from "./migrations.ts"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { makeTestDatabase, openTestStore } from "./test-store.ts"
import { findDrift, tablesOf, untaggedColumns } from "./untagged-columns.ts"

const migrations = readMigrations()
const [first] = migrations
if (first === undefined) throw new Error("there are no migrations")

async function emptyDatabase(t: Parameters<typeof makeTestDatabase>[0]): Promise<Sql> {
  const sql = openPool(
    { kind: "given", url: await makeTestDatabase(t, "empty") },
    { ...poolLimits, connections: 2 },
  )
  t.after(() => sql.end({ timeout: 5 }))
  return sql
}

test("every column of the live database carries its tag, and every key holds an account together", async t => {
  const store = await openTestStore(t)
  assert.deepEqual(await untaggedColumns(store.sql), [])
  assert.deepEqual(await findDrift(store.sql, tablesOf(migrations)), [])
})

test("a column without a tag is found in the live database", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe(
    "alter table account add column hidden text; create table loose (id int primary key)",
  )
  const faults = await untaggedColumns(store.sql)
  assert.equal(faults.length, 3)
  assert.match(faults.join("\n"), /account\.hidden: lacks its tag[\s\S]*loose: does not say whose/)
})

test("two nodes that migrate at once apply each migration once", async t => {
  const sql = await emptyDatabase(t)
  await Promise.all([migrate(sql, migrations, silentLog), migrate(sql, migrations, silentLog)])
  const rows = await sql<{ version: number }[]>`select version from schema_version order by version`
  assert.deepEqual(
    rows.map(row => row.version),
    migrations.map(one => one.version),
  )
})

test("a migration that fails leaves nothing of itself", async t => {
  const sql = await emptyDatabase(t)
  const broken: Migration = {
    version: 1,
    name: "0001-broken",
    sql: "create table half (id int primary key); select 1/0;",
    checksum: "x",
  }
  await assert.rejects(migrate(sql, [broken], silentLog), StoreError)
  assert.equal((await sql`select from pg_tables where tablename = 'half'`).length, 0)
  await migrate(sql, migrations, silentLog)
})

test("refuses a schema that is newer than the program", async t => {
  const sql = await emptyDatabase(t)
  await migrate(sql, migrations, silentLog)
  const next = migrations.length + 1
  await sql`insert into schema_version (version, name, checksum) values (${next}, 'from-the-future', 'x')`
  await assert.rejects(
    migrate(sql, migrations, silentLog),
    new RegExp(
      `the database has schema ${next}, and this Letterkeep knows schemas up to ${migrations.length}`,
    ),
  )
})

test("refuses a database that was built by another text of a migration", async t => {
  const sql = await emptyDatabase(t)
  await migrate(sql, migrations, silentLog)
  const changed = migrations.map(one => ({ ...one, checksum: `${one.checksum.slice(1)}0` }))
  await assert.rejects(migrate(sql, changed, silentLog), /another text of migration 0001-/)
})
