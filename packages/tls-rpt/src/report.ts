/** A TLS report as values (RFC 8460 §4). */
export interface TlsReport {
  readonly organization: string
  /** Milliseconds since 1970; whole seconds where it was written by us. */
  readonly from: number
  readonly to: number
  /** How to reach those who report. */
  readonly contact: string | undefined
  readonly id: string
  readonly policies: readonly PolicyReport[]
}

export interface PolicyReport {
  readonly policy: PolicySeen
  readonly successful: number
  readonly failed: number
  readonly failures: readonly FailureDetail[]
}

/** Under which policy the domain's servers were connected to. */
export interface PolicySeen {
  readonly kind: "tlsa" | "sts" | "no-policy-found"
  readonly domain: string
  /** The policy's own lines or records, as they were found. */
  readonly lines: readonly string[]
  /** Hosts or patterns that an MTA-STS policy names. */
  readonly hosts: readonly string[]
}

export interface FailureDetail {
  /** "other": a word that RFC 8460 does not know. */
  readonly result: ResultType | "other"
  readonly sendingIp: string | undefined
  readonly host: string | undefined
  readonly receivingIp: string | undefined
  readonly sessions: number
  /** More about it, or a code. */
  readonly reason: string | undefined
}

export type ResultType = (typeof resultTypes)[number]

/** RFC 8460 §4.3 */
export const resultTypes = [
  "starttls-not-supported",
  "certificate-host-mismatch",
  "certificate-expired",
  "certificate-not-trusted",
  "validation-failure",
  "tlsa-invalid",
  "dnssec-invalid",
  "dane-required",
  "sts-policy-fetch-error",
  "sts-policy-invalid",
  "sts-webpki-invalid",
] as const

/** Octets of a report that is read, once it is decompressed. */
export const reportBytesLimit = 10 * 1024 * 1024
/** Policies of one report, written or read; more are left out. */
export const policyLimit = 1_000
/** Kinds of failures of one policy that are told apart; what is beyond is in its sums alone. */
export const detailLimit = 1_000
