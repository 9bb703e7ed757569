/**
 * `./letterkeep sieve check FILE`: whether a mail filter may be used, and where it is wrong. Needs no server: what a script
 * may say does not depend on one.
 */
import { type Checked, checkScript, type Fault, scriptLimits, scriptText } from "@letterkeep/sieve"
import type { HereReport } from "./here.ts"
import { readSome } from "./read-some.ts"

/** Octets of the largest file that is read: a character has at most four, and a mark may stand before them. */
export const scriptFileLimit = 4 * scriptLimits.scriptLength + 3

/** Its text has a line each: `FILE:LINE:COLUMN: …`. Throws UsageError where the file cannot be read. */
export async function checkSieve(path: string): Promise<HereReport> {
  const read = scriptText(await readSome(path, scriptFileLimit, "a filter"))
  const checked: Checked =
    read.kind === "text" ? checkScript(read.text) : { kind: "faulty", faults: [read.fault], warnings: [] }
  const fine = checked.kind === "script"
  const faults = fine ? [] : checked.faults
  const requires = fine ? [...checked.script.capabilities] : []
  const { warnings } = checked
  const lines = [
    ...faults.map(fault => lineOf(path, "", fault)),
    ...warnings.map(warning => lineOf(path, "warning: ", warning)),
    ...(fine
      ? [`${path} may be used${requires.length > 0 ? `; it requires ${requires.join(", ")}` : ""}`]
      : []),
  ]
  return { fine, text: lines.join("\n"), value: { fine, faults, warnings, requires } }
}

function lineOf(path: string, kind: string, { at, text }: Fault): string {
  return `${path}:${at.line}:${at.column}: ${kind}${text}`
}
