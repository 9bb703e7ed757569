import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export interface Migration {
  readonly version: number
  /** File name without its ending: `0001-the-house`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, in hex. */
  readonly checksum: string
}

/** The migrations of this program in their order; their numbers run from 1 without a gap. */
export function readMigrations(folder = fileURLToPath(new URL("migrations/", import.meta.url))): Migration[] {
  const files = readdirSync(folder).filter(file => file.endsWith(".sql"))
  return files.sort().map((file, index) => {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1] ?? "0")
    if (version !== index + 1) throw new Error(`${file}: expected a migration with the number ${index + 1}`)
    const sql = readFileSync(`${folder}/${file}`, "utf8")
    return { version, name: file.slice(0, -4), sql, checksum: createHash("sha256").update(sql).digest("hex") }
  })
}
