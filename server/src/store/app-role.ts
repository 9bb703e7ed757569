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
 *
 * Roles belong to all databases of one PostgreSQL. So in a given one each database has a role of its own, named after
 * the database's number there (`letterkeep_app_16385`): it stays when the database is renamed, and a copy or a restored
 * backup gets another. Rights that such a database still gives to the role of another are taken back. Where the user
 * of the database bears that very name, `_server` follows it.
 */
export const ownRole = "letterkeep_app"

/** As whom the server's ordinary connections work. */
export type DatabaseRights =
  | { readonly kind: "apart"; readonly role: string }
  /** As the owner of the schema: `why` says what is in the way, in a sentence for the operator; `role` is what it would take. */
  | { readonly kind: "owner"; readonly role: string; readonly why: string }

export interface WantedRole {
  /** The role has connections of its own. */
  readonly signsIn: boolean
  /** Letters, digits and underscores; the database's own where it is undefined. */
  readonly name?: string | undefined
}

/** Of all nodes on one database, one sees to the role at a time. The migration runner has its own number. */
const advisoryKey = 4_205_518_003

interface RoleFacts {
  readonly me: string
  readonly role: string
  readonly mayMake: boolean
  readonly exists: boolean
  /** It could go around the rights that it is given. */
  readonly isMighty: boolean
}

/** After the migrations, as the schema's owner. */
export async function prepareAppRole(sql: Sql, wanted: WantedRole): Promise<DatabaseRights> {
  const prepared = await runTransaction(sql, async tx => {
    await tx`select pg_advisory_xact_lock(${advisoryKey})`
    const { me, role, mayMake, exists, isMighty } = await readFacts(tx, wanted)
    const owner = (why: string) => ({ rights: { kind: "owner", role, why } as const, strange: [] })
    if (!exists && !mayMake) return owner(`its user ${me} may not make roles`)
    if (!exists) await tx.unsafe(`create role ${role} ${wanted.signsIn ? "login" : "nologin"} noinherit`)
    if (isMighty) return owner(`the role ${role} has rights that it must not have`)
    if (!(await mayTake(tx, role)))
      return owner(`its user ${me} may not take the role ${role}, which somebody else made`)
    const grants = await grantsFor(tx, role)
    if (grants.length > 0) await tx.unsafe(grants.join(";\n"))
    return { rights: { kind: "apart", role } as const, strange: await takeBack(tx, role) }
  })
  for (const role of prepared.strange) await dropUnneeded(sql, role)
  return prepared.rights
}

async function readFacts(tx: Tx, { name }: WantedRole): Promise<RoleFacts> {
  const [row] = await tx<RoleFacts[]>`
    select current_user as me, wanted.role, me.rolsuper or me.rolcreaterole as "mayMake", app.oid is not null as exists,
           coalesce(app.rolsuper or app.rolbypassrls or app.rolcreaterole or app.rolcreatedb or app.rolreplication, false)
             as "isMighty"
      from pg_roles me
      cross join (select coalesce(${name ?? null}::text, ${ownRole} || '_' || oid)
                           || case when ${ownRole} || '_' || oid = current_user then '_server' else '' end as role
                    from pg_database where datname = current_database()) wanted
      left join pg_roles app on app.rolname = wanted.role
     where me.rolname = current_user`
  if (row === undefined) throw new StoreError("the database does not know its own user", { temporary: false })
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(row.role)) throw new TypeError("a role's name is a plain word")
  return row
}

/** Whoever may not take the role, but may let somebody take it, lets itself. */
async function mayTake(tx: Tx, role: string): Promise<boolean> {
  const [row] = await tx<{ takes: boolean; gives: boolean }[]>`
    select pg_has_role(${role}, 'set') as takes, pg_has_role(${role}, 'usage with admin option') as gives`
  if (row?.takes === true) return true
  if (row?.gives !== true) return false
  await tx.unsafe(`grant ${role} to current_user with inherit false, set true`)
  return true
}

/**
 * Roles of other databases that have rights in this one lose them: it is a copy, or was restored from one, or comes
 * from a version in which all databases of a PostgreSQL had one role. Who works here, and who owns something here, is
 * none of them, whatever the operator has called it.
 */
async function takeBack(tx: Tx, role: string): Promise<readonly string[]> {
  const found = await tx<{ name: string }[]>`
    select distinct r.rolname as name
      from (select relacl as acl from pg_class where relnamespace = 'public'::regnamespace
            union all select nspacl from pg_namespace where nspname = 'public') given
      cross join aclexplode(given.acl) right_given join pg_roles r on r.oid = right_given.grantee
     where r.rolname ~ ${`^${ownRole}(_[0-9]+(_server)?)?$`} and r.rolname not in (${role}, current_user, session_user)
       and not exists (select from pg_class where relnamespace = 'public'::regnamespace and relowner = r.oid)
       and not exists (select from pg_namespace where nspname = 'public' and nspowner = r.oid)`
  for (const { name } of found)
    await tx.unsafe(
      `revoke all on all tables in schema public from ${name}; revoke all on all functions in schema public from ${name}; revoke all on schema public from ${name}`,
    )
  return found.map(one => one.name)
}

/**
 * SQLSTATE: something depends on it (another database's rights), it is not ours to drop, somebody else dropped it,
 * somebody works as it.
 */
const keptRole = new Set(["2BP01", "42501", "42704", "55006"])

async function dropUnneeded(sql: Sql, role: string): Promise<void> {
  try {
    await sql.unsafe(`drop role ${role}`)
  } catch (error) {
    if (!(error instanceof StoreError && keptRole.has(error.code ?? ""))) throw error
  }
}
