import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { repository } from "../../fixtures/server.ts"

/** The heading of the handbook's page under which columns of a form stand. */
const forms: Readonly<Record<string, string>> = {
  "In the clear": "clear",
  "As checksums and keyed hashes": "hashed",
  "Sealed to the server": "sealed to the server",
  "Sealed to the person": "sealed to the person",
}

/** What docs/what-lies-in-the-clear.md tells its reader, a line for each column: `table.column: form`. */
export async function readClearListPage(): Promise<readonly string[]> {
  const text = await readFile(join(repository, "docs/what-lies-in-the-clear.md"), "utf8")
  return text.split(/^## /m).flatMap(section => {
    const form = forms[section.slice(0, section.indexOf("\n"))]
    if (form === undefined) return []
    return section.split("\n").flatMap(line => {
      const [, table, columns = ""] = /^\| `([a-z0-9_]+)` \| ([^|]+) \|/.exec(line) ?? []
      if (table === undefined) return []
      return [...columns.matchAll(/`([a-z0-9_]+)`/g)].map(([, column]) => `${table}.${column}: ${form}`)
    })
  })
}
