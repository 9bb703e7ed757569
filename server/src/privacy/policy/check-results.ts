import { z } from "zod"

/**
 * What `npm run prove` last found of each promise, as the page shows it beside the sentences that rest on it. The
 * file is written by promises/results-file.ts; a server without one says that there is no result here.
 */
export interface CheckResult {
  /** "in-part": the check passed, and does not cover all of the promise. */
  readonly state: "passed" | "in-part" | "failed"
  /** Milliseconds since 1970. */
  readonly at: number
}

export type CheckResults = ReadonlyMap<string, CheckResult>

const shape = z.strictObject({
  format: z.literal(1),
  results: z.record(
    z.string(),
    z.strictObject({ state: z.enum(["passed", "in-part", "failed"]), at: z.iso.datetime() }),
  ),
})

/** Octets of a file at most: some 200 promises of 100 octets, and room. */
export const maxResultsBytes = 256 * 1024

/** Undefined where it is not such a file. */
export function readCheckResults(text: string): CheckResults | undefined {
  if (text.length > maxResultsBytes) return undefined
  const read = shape.safeParse(parse(text))
  if (!read.success) return undefined
  return new Map(
    Object.entries(read.data.results).map(([id, { state, at }]) => [id, { state, at: Date.parse(at) }]),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: not such a file, which is what the caller is told
  }
}
