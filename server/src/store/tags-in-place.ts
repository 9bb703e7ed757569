import type { Log } from "../ports/log.ts"
import { own } from "../ports/log-fields.ts"
import { renderTag, type TaggedTable } from "./column-tags.ts"
import { writeTags } from "./migrate.ts"
import type { Migration } from "./migrations.ts"
import type { Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { runTransaction } from "./transaction.ts"
import { tablesOf } from "./untagged-columns.ts"

/**
 * The tags of the columns stand in the database as comments, and the privacy policy says from them how long something
 * is kept. Whoever owns the database can change a comment; what the migrations say is what holds. So at each start,
 * after the migrations and as the schema's owner, a comment that differs is put right, and the log says so. What no
 * migration made and yet carries a tag, and a column that is gone, are no slips: then the server does not start.
 */
export async function requireTags(sql: Sql, migrations: readonly Migration[], log: Log): Promise<void> {
  const tables = tablesOf(migrations)
  const found = await readComments(sql)
  const said = commentsOf(tables)
  const missing = [...said.keys()].find(name => !found.has(name))
  if (missing !== undefined) throw differs(`${missing} is not there`)
  const strange = [...found].find(([name, comment]) => !said.has(name) && isTag(comment))
  if (strange !== undefined)
    throw differs(
      `${strange[0]} carries a tag ("${strange[1]}") and is of no migration: take the comment away`,
    )
  const altered = [...said].filter(([name, comment]) => found.get(name) !== comment).map(([name]) => name)
  if (altered.length === 0) return
  const names = new Set(altered.map(name => name.split(".")[0]))
  await runTransaction(sql, tx =>
    writeTags(
      tx,
      tables.filter(table => names.has(table.name)),
    ),
  )
  for (const name of altered.slice(0, SAID_LIMIT)) log.event("store.tag-altered", { column: own(name) })
}

/** Lines in the log at one start; all are put right. */
const SAID_LIMIT = 50

const differs = (what: string): StoreError =>
  new StoreError(`the database's schema is not the one that this Letterkeep's migrations make: ${what}`, {
    temporary: false,
    code: "SCHEMA_ALTERED",
  })

/** By `table` and `table.column`; empty where there is no comment. */
type Comments = ReadonlyMap<string, string>

function commentsOf(tables: readonly TaggedTable[]): Comments {
  return new Map(
    tables.flatMap(({ name, whose, columns }) => [
      [name, whose ?? ""] as const,
      ...columns.map(({ name: column, tag }) => [`${name}.${column}`, tag ? renderTag(tag) : ""] as const),
    ]),
  )
}

async function readComments(sql: Sql): Promise<Comments> {
  const rows = await sql<{ table: string; column: string | null; comment: string | null }[]>`
    select c.relname as table, a.attname as column, d.description as comment
      from pg_class c
      join (select attrelid, attnum, attname from pg_attribute where attnum > 0 and not attisdropped
            union all select oid, 0, null from pg_class) a on a.attrelid = c.oid
      left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid and d.objsubid = a.attnum
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`
  return new Map(
    rows.map(({ table, column, comment }) => [column === null ? table : `${table}.${column}`, comment ?? ""]),
  )
}

/** As the policy would read it. */
function isTag(comment: string): boolean {
  return comment.split(" | ").length > 1
}
