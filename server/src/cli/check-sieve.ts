/**
 * `./letterkeep sieve check FILE`: whether a mail filter may be used, and where it is wrong. Needs no server: what a script
 * may say does not depend on one.
 */
import { open } from "node:fs/promises"
import { type Checked, checkScript, type Fault, scriptLimits, scriptText } from "@letterkeep/sieve"
import { UsageError } from "./usage-error.ts"

/** Octets of the largest file that is read: a character has at most four, and a mark may stand before them. */
const fileLimit = 4 * scriptLimits.scriptLength + 3

export interface SieveReport {
  readonly fine: boolean
  /** For a person, a line each: `FILE:LINE:COLUMN: …`. */
  readonly text: string
  /** The same for a program, JSON. */
  readonly value: {
    readonly fine: boolean
    readonly faults: readonly Fault[]
    readonly warnings: readonly Fault[]
    readonly requires: readonly string[]
  }
}

/** Throws UsageError where the file cannot be read. */
export async function checkSieve(path: string): Promise<SieveReport> {
  const read = scriptText(await readSome(path))
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

async function readSome(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(fileLimit + 1), position: 0 })
      if (bytesRead > fileLimit) throw new UsageError(`${path} is too long to be a filter`)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(
      `${path} cannot be read: ${cause instanceof Error ? cause.message : "no reason was given"}`,
      {
        cause,
      },
    )
  }
}
