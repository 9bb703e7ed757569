/** What is sealed of the counts of one day and domain, as JSON. */
import { type PolicyReport, resultTypes } from "@letterkeep/tls-rpt"
import { z } from "zod"

export interface SealedCounts {
  readonly domain: string
  /** Of each process the batch that it added last. */
  readonly last: readonly { readonly process: string; readonly number: number }[]
  readonly policies: readonly PolicyReport[]
}

const count = z.number().int().min(0)

const failure = z
  .object({
    result: z.enum([...resultTypes, "other"]),
    sendingIp: z.string().optional(),
    host: z.string().optional(),
    receivingIp: z.string().optional(),
    sessions: count,
    reason: z.string().optional(),
  })
  .transform(read => ({
    ...{ sendingIp: undefined, host: undefined, receivingIp: undefined, reason: undefined },
    ...read,
  }))

const shape = z.object({
  domain: z.string(),
  last: z.array(z.object({ process: z.string(), number: count })),
  policies: z.array(
    z.object({
      policy: z.object({
        kind: z.enum(["tlsa", "sts", "no-policy-found"]),
        domain: z.string(),
        lines: z.array(z.string()),
        hosts: z.array(z.string()),
      }),
      successful: count,
      failed: count,
      failures: z.array(failure),
    }),
  ),
})

export const writeCounts = (counts: SealedCounts): Buffer => Buffer.from(JSON.stringify(counts), "utf8")

/** Throws where it is not what this version writes. */
export const readCounts = (plain: Buffer): SealedCounts => shape.parse(JSON.parse(plain.toString("utf8")))
