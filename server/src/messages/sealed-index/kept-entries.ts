/**
 * Summaries of entries that no segment holds yet, among the pages that a session keeps: a list that comes again asks the
 * database for none of them. What is kept of an entry never changes; whether its message is still there, and beside
 * the same body, is for who asks to see.
 *
 *   kept = body-id octets wire entry      ; wire: ENVELOPE as IMAP sends it; entry: as far as it was read
 */
import type { EmailId } from "../../store/index.ts"
import { readEntry } from "../entry.ts"
import type { Summary } from "./contract.ts"
import type { PageCache } from "./page-cache.ts"
import { summaryOfEntry } from "./summary-block.ts"
import { createOctets, readOctets } from "./varints.ts"

const bodyIdBytes = 16

/** `entry`: of entry.ts, open; its head suffices. */
export function keepEntry(cache: PageCache, { email, bodyId, envelope }: Summary, entry: Buffer): void {
  const kept = createOctets(bodyIdBytes + 7 + envelope.length + entry.length)
  kept.raw(bodyId)
  kept.number(envelope.length)
  kept.binary(envelope)
  kept.raw(entry)
  cache.set(nameOf(email), kept.view())
}

export function keptSummary(cache: PageCache, email: EmailId): Summary | undefined {
  const kept = cache.get(nameOf(email))
  if (kept === undefined) return undefined
  const read = readOctets(kept)
  const bodyId = read.raw(bodyIdBytes)
  const envelopeOctets = read.number()
  const { at } = read
  const end = at + envelopeOctets
  const envelope = (): string => kept.toString("latin1", at, end)
  return summaryOfEntry(() => readEntry(kept.subarray(end)), email, bodyId, envelope)
}

const nameOf = (email: EmailId): string => `entry/${email}`
