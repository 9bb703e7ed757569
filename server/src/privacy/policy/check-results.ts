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
  /** `rulesHash()` of the rules that were checked: of others the page shows no result. */
  readonly rules: string
}

export type CheckResults = ReadonlyMap<string, CheckResult>

const shape = z.strictObject({
  format: z.literal(2),
  results: z.record(
    z.string(),
    z.strictObject({
      state: z.enum(["passed", "in-part", "failed"]),
      at: z.iso.datetime(),
      rules: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})

/** Octets of a file at most: some 200 promises of 200 octets, and room. */
export const maxResultsBytes = 256 * 1024

/** Undefined where it is not such a file. */
export function readCheckResults(text: string): CheckResults | undefined {
  if (text.length > maxResultsBytes) return undefined
  const read = shape.safeParse(parse(text))
  if (!read.success) return undefined
  return new Map(
    Object.entries(read.data.results).map(([id, one]) => [id, { ...one, at: Date.parse(one.at) }]),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: not such a file, which is what the caller is told
  }
}
