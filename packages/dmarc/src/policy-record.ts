import { type ReportAddress, readReportAddresses } from "./report-address.ts"

/**
 * DMARC policy records (RFC 9989 §4.7, §4.8), at `_dmarc.` and the domain. The version stands first and is exact;
 * wrong values of other tags count as not there, unknown tags are ignored, a tag that is there twice makes the list
 * invalid (RFC 6376 §3.2).
 */
export type Policy = "none" | "quarantine" | "reject"

export interface PolicyRecord {
  /** What applies to this domain; "none" when only reports are asked for. */
  readonly policy: Policy
  readonly subdomainPolicy: Policy | undefined
  readonly nonexistentPolicy: Policy | undefined
  readonly dkimAlignment: "relaxed" | "strict"
  readonly spfAlignment: "relaxed" | "strict"
  /** A public suffix, not one, or left to the tree walk. */
  readonly publicSuffix: "yes" | "no" | "unsaid"
  /** The domain asks for one step less than its policy. */
  readonly isTest: boolean
  /** Where aggregate reports shall go. */
  readonly reportsTo: readonly ReportAddress[]
}

/** Characters of the longest record that is read. */
const recordLimit = 4096

/** Tags of the longest list that is read. */
const tagLimit = 64

export type ParsedPolicyRecord =
  | { readonly kind: "record"; readonly record: PolicyRecord }
  /** A DMARC record that asks for nothing: DMARC is not applied (RFC 9989 §4.10.1). */
  | { readonly kind: "empty"; readonly publicSuffix: PolicyRecord["publicSuffix"] }
  | { readonly kind: "other" }

export function parsePolicyRecord(text: string): ParsedPolicyRecord {
  // RFC 9989 §4.7: the version is case-sensitive and comes first.
  if (text.length > recordLimit || !/^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text))
    return { kind: "other" }
  const tags = new Map<string, string>()
  for (const spec of text.split(";", tagLimit)) {
    const equals = spec.indexOf("=")
    const name = spec.slice(0, Math.max(0, equals)).trim()
    if (!/^[a-z]+$/i.test(name)) continue
    if (tags.has(name)) return { kind: "other" }
    tags.set(name, spec.slice(equals + 1).trim())
  }
  const publicSuffix = { y: "yes", n: "no" }[tags.get("psd")?.toLowerCase() ?? ""] as "yes" | "no" | undefined
  const policies = readPolicies(tags)
  if (policies === undefined) return { kind: "empty", publicSuffix: publicSuffix ?? "unsaid" }
  const record: PolicyRecord = {
    ...policies,
    dkimAlignment: tags.get("adkim")?.toLowerCase() === "s" ? "strict" : "relaxed",
    spfAlignment: tags.get("aspf")?.toLowerCase() === "s" ? "strict" : "relaxed",
    publicSuffix: publicSuffix ?? "unsaid",
    // Departs from RFC 9989 §4.7: `pct` is gone, but a domain that still says pct=0 asks by RFC 7489 §6.3 for what
    // t=y asks for now, and refusing its mail would be against its word. Other values count as 100: no lots are drawn.
    isTest: tags.get("t")?.toLowerCase() === "y" || tags.get("pct") === "0",
    reportsTo: readReportAddresses(tags.get("rua") ?? ""),
  }
  return { kind: "record", record }
}

type Policies = Pick<PolicyRecord, "policy" | "subdomainPolicy" | "nonexistentPolicy">

/** RFC 9989 §4.10.1: without a valid `p`, or with a wrong `sp` or `np`, a record only asks for reports, or nothing. */
function readPolicies(tags: ReadonlyMap<string, string>): Policies | undefined {
  const read = (tag: string) => {
    const value = tags.get(tag)?.toLowerCase()
    return value === "none" || value === "quarantine" || value === "reject" ? value : undefined
  }
  const policy = read("p")
  const subdomainPolicy = read("sp")
  const nonexistentPolicy = read("np")
  const isWrong = (tag: string, value: Policy | undefined) => tags.has(tag) && value === undefined
  if (policy !== undefined && !isWrong("sp", subdomainPolicy) && !isWrong("np", nonexistentPolicy)) {
    return { policy, subdomainPolicy, nonexistentPolicy }
  }
  const wantsReports = (tags.get("rua") ?? "")
    .split(",")
    .some(uri => /^[a-z][a-z0-9+.-]*:\S+$/i.test(uri.trim()))
  return wantsReports
    ? { policy: "none", subdomainPolicy: undefined, nonexistentPolicy: undefined }
    : undefined
}
