/**
 * The line (from 1) in which a table opens or a key is set. The TOML parser keeps no positions; this finds
 * the forms that people write: `[table]` and `key =` under it, or `table.key =` at the top.
 */
export function lineOfKey(toml: string, table: string, key?: string): number | undefined {
  let current = ""
  for (const [at, line] of toml.split("\n").entries()) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1]
    if (header !== undefined) {
      current = unquoted(header)
      if (key === undefined && (current === table || current.startsWith(`${table}.`))) return at + 1
      continue
    }
    const left = /^\s*([\w."' -]+?)\s*=/.exec(line)?.[1]
    if (left === undefined) continue
    const full = unquoted(current === "" ? left : `${current}.${left}`)
    if (
      full === (key === undefined ? table : `${table}.${key}`) ||
      (key === undefined && full.startsWith(`${table}.`))
    )
      return at + 1
  }
  return undefined
}

function unquoted(name: string): string {
  return name.replace(/["'\s]/g, "")
}
