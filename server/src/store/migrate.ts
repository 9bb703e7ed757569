import type { Log } from "../ports/log.ts"
import { own } from "../ports/log-fields.ts"
import { readColumnTags, renderTag, type TaggedTable } from "./column-tags.ts"
import type { Migration } from "./migrations.ts"
import type { Sql, Tx } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { runTransaction } from "./transaction.ts"

/** The runner's own table. Its tags are read like those of any migration. */
export const ledgerSql = `
create table if not exists schema_version ( --: table server
  version int primary key,                   --: system | server | while the server lives | row
  name text not null,                        --: system | server | while the server lives | row
  checksum text not null,                    --: system | server | while the server lives | row
  applied_at timestamptz not null default now() --: system | server | while the server lives | row
);
`

/** Any number that nothing else locks: of all nodes on one database, one migrates at a time. */
const advisoryKey = 4_205_518_001

/**
 * Brings the schema up to this program's: each migration in a transaction of its own, recorded with its checksum.
 * Refuses a schema that is newer than the program, and one whose past differs from the program's.
 */
export async function migrate(sql: Sql, migrations: readonly Migration[], log: Log): Promise<void> {
  let tables = readColumnTags(ledgerSql)
  await runTransaction(sql, async tx => {
    await lock(tx)
    await tx.unsafe(ledgerSql)
    await writeTags(tx, tables)
  })
  refuseForeignPast(await readPast(sql), migrations)
  for (const migration of migrations) {
    const before = new Set(tables.map(describe))
    tables = readColumnTags(migration.sql, tables)
    const startedAt = performance.now()
    const applied = await runTransaction(sql, async tx => {
      await lock(tx)
      if ((await tx`select from schema_version where version = ${migration.version}`).length > 0) return false
      await tx.unsafe(migration.sql)
      await writeTags(
        tx,
        tables.filter(table => !before.has(describe(table))),
      )
      await tx`insert into schema_version (version, name, checksum)
        values (${migration.version}, ${migration.name}, ${migration.checksum})`
      return true
    })
    if (applied) {
      log.event("store.migrated", {
        migration: own(migration.name),
        ms: Math.round(performance.now() - startedAt),
      })
    }
  }
}

const lock = async (tx: Tx): Promise<void> => {
  await tx`select pg_advisory_xact_lock(${advisoryKey})`
}

const describe = (table: TaggedTable): string => JSON.stringify(table)

interface Past {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

const readPast = (sql: Sql): Promise<Past[]> =>
  sql<Past[]>`select version, name, checksum from schema_version order by version`

function refuseForeignPast(past: readonly Past[], migrations: readonly Migration[]): void {
  const newest = past.at(-1)?.version ?? 0
  if (newest > migrations.length) {
    throw new StoreError(
      `the database has schema ${newest}, and this Letterkeep knows schemas up to ${migrations.length}: start the newer Letterkeep that wrote it, or restore a backup`,
      { temporary: false, code: "SCHEMA_NEWER" },
    )
  }
  for (const { version, name, checksum } of past) {
    if (migrations[version - 1]?.checksum === checksum) continue
    throw new StoreError(
      `the database was built by another text of migration ${name} than this Letterkeep has: it was made by an unreleased version, and needs a fresh data folder`,
      { temporary: false, code: "SCHEMA_DIFFERS" },
    )
  }
}

/** Comments in the database, so that its catalog can be asked what each column holds. */
export async function writeTags(tx: Tx, tables: readonly TaggedTable[]): Promise<void> {
  const comments: string[] = []
  for (const table of tables) {
    if (table.whose !== undefined) comments.push(`comment on table "${table.name}" is ${quote(table.whose)};`)
    for (const { name, tag } of table.columns) {
      if (tag !== undefined)
        comments.push(`comment on column "${table.name}"."${name}" is ${quote(renderTag(tag))};`)
    }
  }
  if (comments.length > 0) await tx.unsafe(comments.join("\n"))
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
