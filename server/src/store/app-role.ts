import { grantsFor } from "./app-rights.ts"
import type { Sql, Tx } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { runTransaction } from "./transaction.ts"

/**
 * The role under which the server's ordinary connections work: it owns nothing, makes no tables, passes no row
 * security, and may do to each table what `app-rights.ts` says. The user that owns the schema connects at the start
 * alone, to migrate and to see to this role.
 *
 * In our own Postgres the role signs in by itself, so nothing that goes over its connections can become more. In a
 * given one the connections sign in as the user that was given, and take the role at once: that keeps mistakes of ours
 * from what they should not touch, but whoever can put SQL of his own into a query could give the role up again.
 */
export const appRole = "letterkeep_app"

/** As whom the server's ordinary connections work. */
export type DatabaseRights =
  | { readonly kind: "apart"; readonly role: string }
  /** As the owner of the schema: `why` says what is in the way, in a sentence for the operator. */
  | { readonly kind: "owner"; readonly why: string }

/** Of all nodes on one database, one sees to the role at a time. The migration runner has its own number. */
const advisoryKey = 4_205_518_003

/** SQLSTATE of a role that another database of this cluster made at the same moment. */
const madeMeanwhile = new Set(["42710", "23505"])

interface RoleFacts {
  readonly me: string
  readonly mayMake: boolean
  readonly exists: boolean
  /** It could go around the rights that it is given. */
  readonly isMighty: boolean
}

/** After the migrations, as the schema's owner. `signsIn`: the role has connections of its own. */
export async function prepareAppRole(sql: Sql, signsIn: boolean): Promise<DatabaseRights> {
  let facts = await readFacts(sql)
  if (!facts.exists) {
    if (!facts.mayMake) return owner(`its user ${facts.me} may not make roles`)
    await makeRole(sql, signsIn)
    facts = await readFacts(sql)
  }
  if (facts.isMighty) return owner(`the role ${appRole} has rights that it must not have`)
  return await runTransaction(sql, async (tx): Promise<DatabaseRights> => {
    await tx`select pg_advisory_xact_lock(${advisoryKey})`
    if (!(await mayTake(tx)))
      return owner(`its user ${facts.me} may not take the role ${appRole}, which somebody else made`)
    const grants = await grantsFor(tx, appRole)
    if (grants.length > 0) await tx.unsafe(grants.join(";\n"))
    return { kind: "apart", role: appRole }
  })
}

const owner = (why: string): DatabaseRights => ({ kind: "owner", why })

async function readFacts(sql: Sql): Promise<RoleFacts> {
  const [row] = await sql<RoleFacts[]>`
    select current_user as me, me.rolsuper or me.rolcreaterole as "mayMake", app.oid is not null as exists,
           coalesce(app.rolsuper or app.rolbypassrls or app.rolcreaterole or app.rolcreatedb or app.rolreplication, false)
             as "isMighty"
      from pg_roles me left join pg_roles app on app.rolname = ${appRole}
     where me.rolname = current_user`
  if (row === undefined) throw new StoreError("the database does not know its own user", { temporary: false })
  return row
}

async function makeRole(sql: Sql, signsIn: boolean): Promise<void> {
  try {
    await sql.unsafe(`create role ${appRole} ${signsIn ? "login" : "nologin"} noinherit`)
  } catch (error) {
    if (!(error instanceof StoreError && madeMeanwhile.has(error.code ?? ""))) throw error
  }
}

/** Whoever may not take the role, but may let somebody take it, lets itself. */
async function mayTake(tx: Tx): Promise<boolean> {
  const [row] = await tx<{ takes: boolean; gives: boolean }[]>`
    select pg_has_role(${appRole}, 'set') as takes, pg_has_role(${appRole}, 'usage with admin option') as gives`
  if (row?.takes === true) return true
  if (row?.gives !== true) return false
  await tx.unsafe(`grant ${appRole} to current_user with inherit false, set true`)
  return true
}
