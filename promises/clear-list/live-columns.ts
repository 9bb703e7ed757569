import type { DatabaseDoor } from "../../fixtures/database.ts"
import { formsOf } from "../canary/forms.ts"
import { framesIn } from "../canary/frames.ts"
import { createScan } from "../canary/sweep.ts"

/** A column of a running server's database, with what its comment says of it. */
export interface LiveColumn {
  readonly table: string
  readonly column: string
  /** As Postgres names it: `bytea`, `text`, `ARRAY`, … */
  readonly type: string
  /** The tag's parts: category, owner, retention, erasure and form; undefined where there is no comment. */
  readonly tag: { readonly category: string; readonly form: string } | undefined
}

/** Every column of every table that the server made. */
export async function columnsOf(sql: DatabaseDoor): Promise<readonly LiveColumn[]> {
  const rows = await sql<{ table: string; column: string; type: string; comment: string | null }[]>`
    select c.table_name as table, c.column_name as column, c.data_type as type,
           col_description(format('%I.%I', c.table_schema, c.table_name)::regclass, c.ordinal_position::int) as comment
      from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
     where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE'
     order by c.table_name, c.ordinal_position`
  return rows.map(({ table, column, type, comment }) => ({ table, column, type, tag: tagOf(comment) }))
}

function tagOf(comment: string | null): LiveColumn["tag"] {
  const parts = comment?.split("|").map(part => part.trim()) ?? []
  const [category, , , erasure, form = "clear"] = parts
  return category === undefined || erasure === undefined || parts.length > 5 ? undefined : { category, form }
}

/** Tables that are in no schema of ours would not be on the list. */
export async function strangeSchemas(sql: DatabaseDoor): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct schemaname as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema', 'public')`
  return rows.map(({ name }) => name)
}

export interface ColumnFind {
  /** What the word stands for. */
  readonly word: string
  /** `table.column`. */
  readonly place: string
}

/**
 * Seeks each word, in every form that it can have, in every value of every column; bytes are also opened where they
 * are compressed. Each pair of word and column is told once.
 */
export async function sweepColumns(
  sql: DatabaseDoor,
  columns: readonly LiveColumn[],
  words: Readonly<Record<string, string>>,
): Promise<readonly ColumnFind[]> {
  const finds: ColumnFind[] = []
  for (const { table, column, type } of columns) {
    const place = `${table}.${column}`
    const scans = Object.entries(words).map(([word, text]) =>
      createScan(formsOf(text), () => {
        if (!finds.some(find => find.word === word && find.place === place)) finds.push({ word, place })
      }),
    )
    const value = type === "bytea" ? `"${column}"` : `"${column}"::text`
    const pages = sql
      .unsafe<{ value: string | Buffer | null }[]>(`select ${value} as value from "${table}"`)
      .cursor(200)
    for await (const page of pages) {
      for (const { value } of page) {
        if (value === null) continue
        const bytes = Buffer.from(value)
        for (const piece of [bytes, ...framesIn(bytes)]) for (const scan of scans) scan(piece)
      }
    }
  }
  return finds
}
