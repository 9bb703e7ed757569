import { type HeldRight, heldRights } from "./app-rights.ts"
import type { Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"

/** Rights that a sentence names. */
const FAULTS_NAMED = 5

/**
 * Tries the server's role on a connection of the pool, before anything works with it: that the connection really is
 * in the role, and that the role can neither do more than it should nor less than it must, whether by rights of its own
 * or of everybody's. What stands between the server and PostgreSQL may drop the start-up parameter by which a connection
 * takes the role; without this look the server would go on as the owner of everything and say that it does not.
 */
interface Found {
  readonly me: string
  readonly isMighty: boolean
  /** Tables that it owns, or whose owner it could become. */
  readonly owned: readonly string[]
  readonly enters: boolean
}

/** Rejects with a StoreError, which is not temporary and says what to do, where the role does not hold. */
export async function requireRole(sql: Sql, role: string): Promise<void> {
  const [found] = await sql<Found[]>`
    with ours as (select oid, relname, relowner from pg_class
                   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))
    select current_user::text as me,
           r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication as "isMighty",
           array(select relname::text from ours where pg_has_role(current_user, relowner, 'member') order by 1) as owned,
           has_schema_privilege('public', 'usage') as enters
      from pg_roles r where r.rolname = current_user`
  const fault =
    found === undefined
      ? "it does not know its own user"
      : (faultOf(found, role) ?? faultOfRights(await heldRights(sql, role), role))
  if (fault !== undefined)
    throw new StoreError(`the database cannot be worked with: ${fault}`, {
      temporary: false,
      code: "ROLE_NOT_HELD",
    })
}

function faultOf({ me, isMighty, owned, enters }: Found, role: string): string | undefined {
  if (me !== role)
    return (
      `its connections work as ${me}, and were to work as ${role}: something in between, such as PgBouncer with ` +
      `ignore_startup_parameters, drops the parameter "role". Let DATABASE_URL name PostgreSQL itself`
    )
  if (isMighty)
    return `the role ${role} may go around its rights: alter role ${role} nosuperuser nobypassrls nocreaterole nocreatedb noreplication`
  const [table] = owned
  if (table !== undefined)
    return `the role ${role} can act as the owner of ${table}: give the table to the user of DATABASE_URL, and revoke that user from ${role}`
  if (!enters)
    return `the role ${role} may not use the schema public: grant usage on schema public to ${role}, as the schema's owner`
  return undefined
}

/** The role's own were brought to what they should be before: what is left comes from elsewhere. */
function faultOfRights(rights: readonly HeldRight[], role: string): string | undefined {
  const of = (held: boolean) =>
    rights
      .filter(one => one.held === held && one.held !== one.wanted)
      .map(({ table, right }) => `${right} on ${table}`)
  const [missing, surplus] = [of(false), of(true)]
  const list = (all: readonly string[]): string =>
    all.length <= FAULTS_NAMED
      ? all.join(", ")
      : `${all.slice(0, FAULTS_NAMED).join(", ")} and ${all.length - FAULTS_NAMED} more`
  if (missing.length > 0) return `the role ${role} lacks ${list(missing)}: grant it, as the tables' owner`
  if (surplus.length > 0)
    return `the role ${role} has ${list(surplus)}, which everybody or another role of its gives it: revoke it from public, as the tables' owner`
  return undefined
}
