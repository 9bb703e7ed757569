import type { Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"

const oldestVersion = 160_000
const mustBeOn = ["fsync", "full_page_writes", "synchronous_commit"] as const

/**
 * Refuses a database that may lose what it has said yes to, and one that is too old. `local` and the remote kinds
 * of `synchronous_commit` all wait for the local disk.
 */
export async function refuseUnsafe(sql: Sql): Promise<void> {
  const names = [...mustBeOn, "server_version_num"]
  const rows = await sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where name = any(${names})`
  const settings = new Map(rows.map(row => [row.name, row.setting]))
  const version = Number(settings.get("server_version_num"))
  if (!(version >= oldestVersion)) {
    throw new StoreError(
      `the database is Postgres ${Math.floor(version / 10_000)}, and Letterkeep needs 16 or newer`,
      { temporary: false, code: "DATABASE_TOO_OLD" },
    )
  }
  for (const name of mustBeOn) {
    const setting = settings.get(name)
    if (setting !== undefined && setting !== "off") continue
    throw new StoreError(
      `the database has ${name} off, so it could lose mail that was accepted: set ${name} = on and start again`,
      { temporary: false, code: "DATABASE_UNSAFE" },
    )
  }
}
