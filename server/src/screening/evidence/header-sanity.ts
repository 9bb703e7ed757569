import type { HeaderField } from "@letterkeep/dkim"

/**
 * Does the header hold what RFC 5322 §3.6 asks for, once? Where a field is there twice, two programs may show two
 * different messages.
 */
export interface HeaderEvidence {
  readonly hasDate: boolean
  /** Names of fields that must occur once and occur more often, in lower case. */
  readonly repeated: readonly string[]
  /** Received fields: a message that came round too often is in a loop (RFC 5321 §6.3). */
  readonly hops: number
}

const once = new Set([
  "date",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "bcc",
  "message-id",
  "in-reply-to",
  "references",
  "subject",
])

export function lookAtHeader(fields: readonly HeaderField[]): HeaderEvidence {
  const counts = new Map<string, number>()
  let hops = 0
  for (const { name } of fields) {
    const low = name.toLowerCase()
    if (once.has(low)) counts.set(low, (counts.get(low) ?? 0) + 1)
    else if (low === "received") hops += 1
  }
  return {
    hasDate: counts.has("date"),
    repeated: [...counts].filter(([, count]) => count > 1).map(([name]) => name),
    hops,
  }
}
