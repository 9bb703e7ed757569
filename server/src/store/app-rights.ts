import type { Sql, Tx } from "./pool.ts"

/**
 * What the server's ordinary connections may do to each table, beyond reading it. A table that is not named here is
 * one of rows that come, change and go; those that are named only grow, or are the migration runner's. Rows of a table
 * that only grows still go with their account: the database itself cascades, as the owner of the table.
 */
type Right = "insert" | "update" | "delete"

const everything: readonly Right[] = ["insert", "update", "delete"]

const narrow: Readonly<Record<string, readonly Right[]>> = {
  schema_version: [],
  choice: ["insert"],
  staff_agreement: ["insert"],
  ledger_count: ["insert", "update"],
  ledger_detail: ["insert"],
  ledger_waiting: ["insert", "delete"],
  ledger_leaf: ["insert"],
  ledger_tile: ["insert", "update"],
  ledger_checkpoint: ["insert"],
  policy_version: ["insert"],
  agreement: [],
  agreement_entry: ["insert"],
}

/** What it may have done that it may not do itself; nobody else is given these (migration 0014). */
const functions: readonly string[] = ["thin_checkpoints(bigint[])"]

const allRights = ["select", ...everything, "truncate", "references", "trigger"] as const

/** What a role may do to a table in fact, by whatever way, and whether it should. */
export interface HeldRight {
  readonly table: string
  readonly right: string
  readonly held: boolean
  readonly wanted: boolean
}

/** Of all tables, each right that there is. */
export async function heldRights(db: Sql | Tx, role: string): Promise<readonly HeldRight[]> {
  const rows = await db<{ table: string; right: string; whole: boolean; inPart: boolean }[]>`
    select c.relname as table, r as right, has_table_privilege(${role}, c.oid, r) as whole,
           case when r in ('select', 'insert', 'update', 'references')
                then has_any_column_privilege(${role}, c.oid, r) else false end as "inPart"
      from pg_class c cross join unnest(${[...allRights]}::text[]) r
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
     order by 1, 2`
  return rows.map(({ table, right, whole, inPart }) => {
    const wanted = rightsOf(table).has(right)
    // What it should have it has for all columns; what it should not, for none.
    return { table, right, wanted, held: wanted ? whole : whole || inPart }
  })
}

/** The statements that bring the role's rights to what they should be: none, where they are so already. */
export async function grantsFor(tx: Tx, role: string): Promise<string[]> {
  const wrong = (await heldRights(tx, role)).filter(({ held, wanted }) => held !== wanted)
  const tables = Map.groupBy(wrong, row => row.table)
  const [schema] = await tx<{ enters: boolean }[]>`
    select has_schema_privilege(${role}, 'public', 'usage') as enters`
  // Whoever has shut the schema to all others has not meant the server.
  const entry = schema?.enters === true ? [] : [`grant usage on schema public to ${role}`]
  const changes = [...tables].flatMap(([table, of]) => {
    const name = `"${table.replaceAll('"', '""')}"`
    const list = (held: boolean): string =>
      of
        .filter(row => row.held === held)
        .map(row => row.right)
        .join(", ")
    const missing = list(false)
    const surplus = list(true)
    return [
      ...(missing === "" ? [] : [`grant ${missing} on ${name} to ${role}`]),
      ...(surplus === "" ? [] : [`revoke ${surplus} on ${name} from ${role}`]),
    ]
  })
  const lacking = await tx<{ name: string }[]>`
    select name from unnest(${[...functions]}::text[]) as name
     where not has_function_privilege(${role}, 'public.' || name, 'execute')`
  const calls = lacking.map(({ name }) => `grant execute on function public.${name} to ${role}`)
  return [...entry, ...changes, ...calls]
}

function rightsOf(table: string): ReadonlySet<string> {
  return new Set(["select", ...(narrow[table] ?? everything)])
}
