import type { Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"

/**
 * Tries the server's role on a connection of the pool, before anything works with it: that the connection really is
 * in the role, and that the role can neither do more than it should nor less than it must. What stands between the
 * server and PostgreSQL may drop the start-up parameter by which a connection takes the role; without this look the
 * server would go on as the owner of everything and say that it does not.
 */
interface Found {
  readonly me: string
  readonly isMighty: boolean
  /** Tables that it owns, or whose owner it could become. */
  readonly owned: readonly string[]
  readonly enters: boolean
  readonly unread: readonly string[]
}

/** Rejects with a StoreError, which is not temporary and says what to do, where the role does not hold. */
export async function requireRole(sql: Sql, role: string): Promise<void> {
  const [found] = await sql<Found[]>`
    with ours as (select oid, relname, relowner from pg_class
                   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))
    select current_user::text as me,
           r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication as "isMighty",
           array(select relname::text from ours where pg_has_role(current_user, relowner, 'member') order by 1) as owned,
           has_schema_privilege('public', 'usage') as enters,
           array(select relname::text from ours where not has_table_privilege(oid, 'select') order by 1) as unread
      from pg_roles r where r.rolname = current_user`
  const fault = found === undefined ? "it does not know its own user" : faultOf(found, role)
  if (fault !== undefined)
    throw new StoreError(`the database cannot be worked with: ${fault}`, {
      temporary: false,
      code: "ROLE_NOT_HELD",
    })
}

function faultOf({ me, isMighty, owned, enters, unread }: Found, role: string): string | undefined {
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
  if (unread.length > 0)
    return `the role ${role} may not read ${unread.join(", ")}: grant select on them to ${role}, as their owner`
  return undefined
}
