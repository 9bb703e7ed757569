import type { AggregateRecord, PublishedPolicy, ReportAddress } from "@letterkeep/dmarc"

/**
 * What was seen of mail that came, as aggregate reports tell it (RFC 9990): of each domain and day (UTC) so many messages
 * for each way in which they can differ. Sums alone; nothing of a message is kept, nor for whom it was.
 */
export interface SeenMessage {
  readonly policy: PublishedPolicy
  readonly reportsTo: readonly ReportAddress[]
  readonly record: Omit<AggregateRecord, "count">
}

/** One that came. */
export interface ArrivedMessage extends SeenMessage {
  /** It has no return path. */
  readonly isNotice: boolean
}

export interface DomainCounts {
  /** As last seen. */
  readonly policy: PublishedPolicy
  readonly reportsTo: readonly ReportAddress[]
  readonly records: readonly AggregateRecord[]
  /** Messages that came when there was no room for one record more. */
  readonly others: number
}

export interface DayCounts extends DomainCounts {
  /** Days since 1970-01-01. */
  readonly day: number
}

export interface Counts {
  /** `count`: so many that were alike. */
  add(day: number, seen: SeenMessage, count?: number): void
  addAll(counts: DayCounts): void
  /** What was counted so far; it counts from nothing again. */
  take(): readonly DayCounts[]
}

export interface CountsLimits {
  /** Different records, of all domains together, and of each. */
  readonly records: number
  readonly recordsOfDomain: number
  /** Domains and days. */
  readonly domains: number
}

interface Held {
  day: number
  policy: PublishedPolicy
  reportsTo: readonly ReportAddress[]
  readonly records: Map<string, AggregateRecord>
  others: number
}

export function createCounts(limits: CountsLimits): Counts {
  let domains = new Map<string, Held>()
  let records = 0
  const heldFor = (day: number, { policy, reportsTo }: Omit<SeenMessage, "record">): Held | undefined => {
    const key = `${day} ${policy.domain}`
    const known = domains.get(key)
    if (known !== undefined) return Object.assign(known, { policy, reportsTo })
    if (domains.size >= limits.domains) return undefined
    const held: Held = { day, policy, reportsTo, records: new Map(), others: 0 }
    domains.set(key, held)
    return held
  }
  const add: Counts["add"] = (day, seen, count = 1) => {
    const held = heldFor(day, seen)
    if (held === undefined) return
    const key = keyOf(seen.record)
    const known = held.records.get(key)
    const isFull = records >= limits.records || held.records.size >= limits.recordsOfDomain
    if (known === undefined && isFull) {
      held.others += count
      return
    }
    if (known === undefined) records += 1
    held.records.set(key, { ...seen.record, count: (known?.count ?? 0) + count })
  }
  return {
    add,
    addAll({ day, policy, reportsTo, records: told, others }) {
      for (const { count, ...record } of told) add(day, { policy, reportsTo, record }, count)
      const held = heldFor(day, { policy, reportsTo })
      if (held !== undefined) held.others += others
    },
    take() {
      const taken = [...domains.values()].map(held => ({ ...held, records: [...held.records.values()] }))
      domains = new Map()
      records = 0
      return taken
    },
  }
}

/** Of the same values the same text, in whatever order an object names them. */
function keyOf(record: Omit<AggregateRecord, "count">): string {
  const { sourceIp, disposition, dkim, spf, reasons, headerFrom, envelopeFrom, envelopeTo } = record
  return JSON.stringify([
    ...[sourceIp, disposition, dkim, spf, headerFrom, envelopeFrom, envelopeTo],
    reasons.map(({ type, comment }) => [type, comment]),
    record.dkimResults.map(({ domain, selector, result, human }) => [domain, selector, result, human]),
    record.spfResults.map(({ domain, scope, result, human }) => [domain, scope, result, human]),
  ])
}
