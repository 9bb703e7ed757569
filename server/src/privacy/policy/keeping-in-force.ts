import type { Store } from "../../store/index.ts"
import type { Keeping } from "./tables.ts"

/** What one column of the running database says about itself: the tag that its migration gave it. */
export interface ColumnInForce {
  readonly table: string
  readonly column: string
  readonly category: string
  readonly owner: string
  readonly retention: string
  readonly erasure: string
}

/**
 * How long each category is kept and with what it is erased, read from the comments of the running database's own
 * columns: what the policy says of retention is what this schema was built with. Ids and times of the server itself
 * (`system`) are left out.
 */
export async function columnsInForce(store: Pick<Store, "sql">): Promise<readonly ColumnInForce[]> {
  const rows = await store.sql<{ table: string; column: string; tag: string }[]>`
    select c.relname as table, a.attname as column, col_description(c.oid, a.attnum) as tag
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and col_description(c.oid, a.attnum) is not null
     order by c.relname, a.attnum`
  return rows.flatMap(({ table, column, tag }) => {
    const [category = "", owner = "", retention = "", erasure = ""] = tag.split(" | ")
    return category === "system" ? [] : [{ table, column, category, owner, retention, erasure }]
  })
}

export function keepingOf(columns: readonly ColumnInForce[]): ReadonlyMap<string, Keeping> {
  const grouped = Map.groupBy(columns, column => column.category)
  return new Map(
    [...grouped].map(([category, those]) => [
      category,
      {
        kept: [...new Set(those.map(one => one.retention))].sort(),
        erasedWith: [...new Set(those.map(one => one.erasure))].sort(),
      },
    ]),
  )
}
