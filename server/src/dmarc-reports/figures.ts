import { isIP } from "node:net"
import { type AggregateRecord, readAggregate } from "@letterkeep/dmarc"
import { unpack } from "./unpack.ts"

/**
 * What an aggregate report comes to (RFC 9990): how many messages each machine sent in the name of a domain, and what
 * vouches for them. No more is kept of a report than this.
 */
export interface Figures {
  /** The domain whose policy it is about, as the report says; lower case. */
  readonly domain: string
  readonly policy: "none" | "quarantine" | "reject"
  /** What the reporter calls itself, at most 100 characters, and its name for the report: strangers' words. */
  readonly organization: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** The largest first, at most `figuresLimit`. */
  readonly sources: readonly SourceFigures[]
  /** Messages of the sources that are left out, and of records that make no sense. */
  readonly others: number
}

/** Messages of one machine that fared alike. */
export interface SourceFigures {
  readonly ip: string
  /** The domain in From: the report's own, or one under it. */
  readonly from: string
  readonly dkim: boolean
  readonly spf: boolean
  readonly disposition: "none" | "quarantine" | "reject"
  /** The reporter took them for forwarded: it did less than the policy asks for. */
  readonly forwarded: boolean
  readonly count: number
}

export type ReadFigures =
  | { readonly kind: "read"; readonly figures: Figures }
  | { readonly kind: "unread"; readonly why: WhyUnread }

export type WhyUnread = "too-large" | "damaged" | "no-report" | "not-of-these-days"

/** Sources of one report that are kept. */
export const figuresLimit = 2_000
/** Messages of one record: nobody sends more in a day. */
const countLimit = 1_000_000_000
const wordLimit = 100
const idLimit = 200
const day = 24 * 60 * 60 * 1000
/** A report is about a day or so, and comes soon after it. */
const longestSpan = 32 * day
const oldest = 60 * day
const mostAhead = 2 * day

/** `bytes`: the attachment, decoded; `now`: milliseconds since 1970. */
export function readFigures(bytes: Buffer, now: number): ReadFigures {
  const unpacked = unpack(bytes)
  if (unpacked.kind !== "unpacked") return unread(unpacked.kind)
  const read = readAggregate(unpacked.bytes)
  if (read.kind === "invalid") return unread("no-report")
  const { report } = read
  const domain = report.policy.domain
  if (!isDomain(domain)) return unread("no-report")
  if (report.to - report.from > longestSpan || report.from < now - oldest || report.to > now + mostAhead)
    return unread("not-of-these-days")
  const summed = new Map<string, SourceFigures>()
  let others = 0
  for (const record of report.records) {
    const source = sourceOf(record, domain)
    if (source === undefined) {
      others += Math.min(record.count, countLimit)
      continue
    }
    const { count, ...rest } = source
    const key = JSON.stringify(rest)
    summed.set(key, { ...rest, count: (summed.get(key)?.count ?? 0) + count })
  }
  const sorted = [...summed.values()].toSorted((a, b) => b.count - a.count)
  for (const { count } of sorted.slice(figuresLimit)) others += count
  const figures: Figures = {
    domain,
    policy: report.policy.policy,
    organization: plainWords(report.organization).slice(0, wordLimit),
    id: report.id.slice(0, idLimit),
    from: report.from,
    to: report.to,
    sources: sorted.slice(0, figuresLimit),
    others,
  }
  return { kind: "read", figures }
}

/** Undefined: of no address, of somebody else's domain, or of more messages than there are. */
function sourceOf(record: AggregateRecord, domain: string): SourceFigures | undefined {
  const { sourceIp: ip, headerFrom: from, count, disposition, dkim, spf, reasons } = record
  if (isIP(ip) === 0 || count > countLimit || !isDomain(from)) return undefined
  if (from !== domain && !from.endsWith(`.${domain}`)) return undefined
  return {
    ...{ ip, from, count },
    dkim: dkim === "pass",
    spf: spf === "pass",
    disposition: disposition === "pass" ? "none" : disposition,
    forwarded: reasons.some(({ type }) => forwarding.has(type)),
  }
}

/** RFC 7489 Appendix C; RFC 9990 has the last two of them still. */
const forwarding: ReadonlySet<string> = new Set(["forwarded", "mailing_list", "trusted_forwarder"])

function isDomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/.test(text)
}

function plainWords(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, " ").trim()
}

function unread(why: WhyUnread): ReadFigures {
  return { kind: "unread", why }
}
