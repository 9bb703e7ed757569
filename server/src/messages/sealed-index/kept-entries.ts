/**
 * Summaries of entries that no segment holds yet, among the pages that a session keeps: a list that comes again asks the
 * database for none of them. What is kept of an entry never changes; whether its message is still there, and beside
 * the same body, is for who asks to see.
 *
 *   kept = body-id octets wire octets wire entry      ; ENVELOPE and BODYSTRUCTURE as IMAP sends them; the entry's head
 */
import type { EmailId } from "../../store/index.ts"
import { readEntry } from "../entry.ts"
import type { Summary } from "./contract.ts"
import type { PageCache } from "./page-cache.ts"
import { summaryOfEntry } from "./summary-block.ts"
import { createOctets, readOctets } from "./varints.ts"

const bodyIdBytes = 16

/** `entry`: of entry.ts, open; its head suffices. */
export function keepEntry(cache: PageCache, summary: Summary, entry: Buffer): void {
  const { email, bodyId, envelope, bodyStructure } = summary
  const kept = createOctets(bodyIdBytes + 14 + envelope.length + bodyStructure.length + entry.length)
  kept.raw(bodyId)
  for (const wire of [envelope, bodyStructure]) {
    kept.number(wire.length)
    kept.binary(wire)
  }
  kept.raw(entry)
  cache.set(nameOf(email), kept.view())
}

export function keptSummary(cache: PageCache, email: EmailId): Summary | undefined {
  const kept = cache.get(nameOf(email))
  if (kept === undefined) return undefined
  const read = readOctets(kept)
  const bodyId = read.raw(bodyIdBytes)
  const envelope = read.raw(read.number())
  const bodyStructure = read.raw(read.number())
  const { at } = read
  return summaryOfEntry(() => readEntry(kept.subarray(at)), email, bodyId, { envelope, bodyStructure })
}

const nameOf = (email: EmailId): string => `entry/${email}`
