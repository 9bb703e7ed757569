import type { Policy } from "../policy-record.ts"

/** An aggregate report as values (RFC 9990 §3.1.1; RFC 7489 Appendix C for what older reporters say). */
export interface AggregateReport {
  readonly organization: string
  readonly email: string
  readonly moreContact: string | undefined
  readonly id: string
  /** Milliseconds since 1970, whole seconds. */
  readonly from: number
  readonly to: number
  readonly errors: readonly string[]
  /** What program wrote it. */
  readonly generator: string | undefined
  readonly policy: PublishedPolicy
  readonly records: readonly AggregateRecord[]
}

/** What the domain had published. */
export interface PublishedPolicy {
  readonly domain: string
  readonly policy: Policy
  readonly subdomainPolicy: Policy | undefined
  readonly nonexistentPolicy: Policy | undefined
  readonly dkimAlignment: "relaxed" | "strict" | undefined
  readonly spfAlignment: "relaxed" | "strict" | undefined
  readonly isTest: boolean | undefined
  readonly failureOptions: string | undefined
  readonly discovery: "psl" | "treewalk" | undefined
  /** RFC 7489 alone; never written. */
  readonly percent: number | undefined
}

/** Messages from one address that went the same way. */
export interface AggregateRecord {
  readonly sourceIp: string
  readonly count: number
  /** What was done. "pass": nothing, since DMARC passed. */
  readonly disposition: Policy | "pass"
  readonly dkim: Aligned
  readonly spf: Aligned
  readonly reasons: readonly OverrideReason[]
  readonly headerFrom: string
  readonly envelopeFrom: string | undefined
  readonly envelopeTo: string | undefined
  readonly dkimResults: readonly DkimSeen[]
  readonly spfResults: readonly SpfSeen[]
}

/** Was there a pass whose domain belongs to From? "unsaid": some reporters leave it out. */
export type Aligned = "pass" | "fail" | "unsaid"

export interface OverrideReason {
  /** Such as "local_policy", "mailing_list", "policy_test_mode". */
  readonly type: string
  readonly comment: string | undefined
}

export interface DkimSeen {
  readonly domain: string
  readonly selector: string | undefined
  readonly result: AuthWord
  readonly human: string | undefined
}

export interface SpfSeen {
  readonly domain: string
  readonly scope: "mfrom" | "helo" | undefined
  readonly result: AuthWord
  readonly human: string | undefined
}

/** Words of RFC 8601 §2.7.1 and §2.7.2. */
export type AuthWord = (typeof authWords)[number]

export const authWords = [
  "none",
  "pass",
  "fail",
  "softfail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
] as const

/** Octets of a report that is read, once it is decompressed. */
export const aggregateBytesLimit = 64 * 1024 * 1024
/** Records of a report that are read; of more, the first. */
export const aggregateRecordLimit = 50_000
/** Results and reasons of one record, each kind (RFC 9990 §3.1.3 has 100 for DKIM). */
export const aggregateResultLimit = 100
