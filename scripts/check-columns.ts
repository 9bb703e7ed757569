/**
 * Every column of every migration says what it holds, whose that is, how long it is kept and how it is erased;
 * every table says whose it is, and its primary key keeps one account (or organisation) together. Reads the
 * migrations' text alone; a test of the store compares that with a live database.
 */
import { join } from "node:path"
import { readMigrations } from "../server/src/store/migrations.ts"
import { findTagFaults, tablesOf } from "../server/src/store/untagged-columns.ts"
import { runCheck } from "./run-check.ts"

export async function checkColumns(root: string): Promise<readonly string[]> {
  const migrations = readMigrations(join(root, "server/src/store/migrations"))
  const own = tablesOf([]).length
  const tables = tablesOf(migrations)
  if (tables.slice(own).every(table => table.columns.length === 0))
    return ["the column check read no columns"]
  return findTagFaults(tables)
}

if (import.meta.main) await runCheck(checkColumns)
