/** What a bench that compares needs of Debian's own programs: that they are there, and what they say where it fails. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"

/**
 * `files`: one that the bench calls, by the name of the package that has it. Throws with the command that installs what
 * is missing, and where this is not root: the programs change users.
 */
export function requireDebian(files: Readonly<Record<string, string>>): void {
  const missing = Object.entries(files).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length > 0)
    throw new Error(
      `this bench compares with Debian's own: apt-get install --no-install-recommends ${missing.join(" ")}`,
    )
  if (process.getuid?.() !== 0) throw new Error("what it compares with changes users: run this bench as root")
}

/** The last twenty lines of those files that tell of no success. */
export async function complaintsIn(files: readonly string[]): Promise<string> {
  const logs = await Promise.all(files.filter(file => existsSync(file)).map(file => readFile(file, "utf8")))
  return logs
    .join("")
    .split("\n")
    .filter(line => complaint.test(line) && !usual.test(line))
    .slice(-20)
    .join("\n")
}

const complaint = /warning|fatal|error|panic|deferred|bounced/i
/** Of Postfix about folders that are a bench's own. */
const usual = /not owned by root|or other writable/
