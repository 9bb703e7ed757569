import { type ColumnTag, readColumnTags, renderTag, type TaggedTable, type Whose } from "./column-tags.ts"
import { ledgerSql } from "./migrate.ts"
import type { Migration } from "./migrations.ts"
import type { Sql } from "./pool.ts"

/** The first column of a primary key keeps all of one account, or organisation, together on one node. */
const firstOfKey: Readonly<Record<Whose, string | undefined>> = {
  "per-account": "account_id",
  "per-org": "org_id",
  server: undefined,
}

/** What the migrations' text says, without a database. */
export function tablesOf(migrations: readonly Pick<Migration, "sql">[]): TaggedTable[] {
  return migrations.reduce<TaggedTable[]>(
    (tables, { sql }) => readColumnTags(sql, tables),
    readColumnTags(ledgerSql),
  )
}

/** A sentence for each table and column that lacks its tag, and for each key that would tear an account apart. */
export function findTagFaults(tables: readonly TaggedTable[]): string[] {
  const faults: string[] = []
  for (const { name, whose, columns, primaryKey } of tables) {
    if (whose === undefined) faults.push(`${name}: does not say whose it is (--: table …)`)
    for (const column of columns) {
      if (column.tag === undefined) {
        faults.push(
          `${name}.${column.name}: lacks its tag (--: category | owner path | retention | way of erasure)`,
        )
      } else if (!isOfItsCategory(column.tag)) {
        faults.push(
          `${name}.${column.name}: is ${column.tag.category}, and its form is ${column.tag.form}: say which with a fifth part`,
        )
      }
    }
    const first = whose === undefined ? undefined : firstOfKey[whose]
    if (primaryKey.length === 0) faults.push(`${name}: has no primary key`)
    else if (first !== undefined && primaryKey[0] !== first) {
      faults.push(`${name}: is ${whose}, so its primary key must begin with ${first}, not ${primaryKey[0]}`)
    }
  }
  return faults
}

/** A category that is called sealed or hashed lies so. */
function isOfItsCategory({ category, form }: ColumnTag): boolean {
  if (category.endsWith(".sealed")) return form.startsWith("sealed")
  return !category.endsWith(".hashed") || form === "hashed"
}

interface CatalogRow {
  readonly table: string
  readonly table_comment: string | null
  readonly column: string
  readonly column_comment: string | null
  readonly key_position: number | null
}

/** The same for the live catalog, which also holds what a migration made by means that the reader does not know. */
export async function untaggedColumns(sql: Sql): Promise<string[]> {
  return findTagFaults(fromCatalog(await readCatalog(sql)))
}

/** Where the database's comments and the migrations' text differ. */
export async function findDrift(sql: Sql, tables: readonly TaggedTable[]): Promise<string[]> {
  const said = new Set(tables.flatMap(describe))
  const found = new Set(fromCatalog(await readCatalog(sql)).flatMap(describe))
  return [
    ...[...said].filter(line => !found.has(line)).map(line => `only in the migrations: ${line}`),
    ...[...found].filter(line => !said.has(line)).map(line => `only in the database: ${line}`),
  ]
}

const describe = ({ name, whose, columns }: TaggedTable): string[] => [
  `${name}: ${whose ?? ""}`,
  ...columns.map(
    column => `${name}.${column.name}: ${column.tag === undefined ? "" : renderTag(column.tag)}`,
  ),
]

const readCatalog = (sql: Sql): Promise<CatalogRow[]> => sql<CatalogRow[]>`
  select c.relname as table, obj_description(c.oid, 'pg_class') as table_comment,
         a.attname as column, col_description(c.oid, a.attnum) as column_comment,
         array_position(i.indkey::int2[], a.attnum) as key_position
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index i on i.indrelid = c.oid and i.indisprimary
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   order by c.relname, a.attnum`

/** The comments are in the tags' own words, so the tags' reader reads them again. */
function fromCatalog(rows: readonly CatalogRow[]): TaggedTable[] {
  return [...Map.groupBy(rows, row => row.table)].map(([table, columns]) => {
    const lines = columns.map(
      ({ column, column_comment: tag }) => `"${column}" x${tag === null ? "" : ` --: ${tag}`}\n`,
    )
    const key = columns.filter(row => row.key_position !== null)
    key.sort((a, b) => (a.key_position ?? 0) - (b.key_position ?? 0))
    const primary = key.length === 0 ? "" : `, primary key (${key.map(row => `"${row.column}"`).join(", ")})`
    const whose = columns[0]?.table_comment ?? null
    const text = `create table "${table}" (${whose === null ? "" : `--: table ${whose}`}\n${lines.join(",")}${primary});`
    const [read] = readColumnTags(text)
    if (read === undefined) throw new Error(`the catalog's table ${table} cannot be read`)
    return read
  })
}
