import { type DaneWish, daneAfterTls, daneBeforeConnecting } from "@letterkeep/dane"
import { decideAfterTls, decideBeforeConnecting, matchesMx, type Policy } from "@letterkeep/mta-sts"
import type { PolicySeen, ResultType } from "@letterkeep/tls-rpt"
import type { NameFound } from "../../ports/network/index.ts"
import type { Contact } from "../contract.ts"
import type { MailHost } from "./find-hosts.ts"

/**
 * What TLS has to come to before one host is given mail. DANE comes first, and what it decides no other policy puts right
 * (RFC 8461 §2); then MTA-STS; without both TLS is taken where it works, whoever the far side is. A server that
 * the operator has named must show that it is that one, and mail under REQUIRETLS goes to nobody who is not sure to be
 * meant.
 */
export interface TlsRules {
  /** That the mail goes to. */
  readonly domain: string
  readonly host: MailHost
  readonly wish: DaneWish
  readonly sts: DomainPolicy | undefined
  /** RFC 8689. */
  readonly requireTls: boolean
  /** A smart host. */
  readonly mustBeNamed: boolean
}

/** An MTA-STS policy and its lines, as they were found. */
export interface DomainPolicy {
  readonly policy: Policy
  readonly lines: readonly string[]
}

/** How far TLS has come. */
export type TlsReached =
  | { readonly kind: "not-offered" }
  | { readonly kind: "failed" }
  | { readonly kind: "established"; readonly chain: readonly Buffer[]; readonly found: NameFound }

/** `report`: what a TLS report calls what went wrong (RFC 8460 §4.3). */
export type TlsVerdict =
  | { readonly kind: "deliver"; readonly verified: Contact["verified"]; readonly report?: ResultType }
  | {
      readonly kind: "skip"
      readonly why: "no-tls" | "unverified" | "dns-failed"
      readonly report: ResultType
    }

/** May the host be connected to at all? */
export function judgeBefore(rules: TlsRules): TlsVerdict {
  const dane = daneBeforeConnecting(rules.wish)
  if (dane.kind === "skip") return { kind: "skip", why: "dns-failed", report: dane.report }
  if (rules.wish.kind !== "none") return { kind: "deliver", verified: undefined }
  const sts = decideBeforeConnecting(rules.sts?.policy, rules.host.name)
  if (sts.kind === "skip") return { kind: "skip", why: "unverified", report: sts.report }
  return { kind: "deliver", verified: undefined, ...(sts.report === undefined ? {} : { report: sts.report }) }
}

/** May it be given the mail? `now`: milliseconds since 1970. */
export function judgeTls(rules: TlsRules, reached: TlsReached, now: number): TlsVerdict {
  const byPolicy = rules.wish.kind === "none" ? judgeBySts(rules, reached) : judgeByDane(rules, reached, now)
  if (byPolicy.kind === "skip") return byPolicy
  const { verified } = byPolicy
  const isMeant =
    verified === "dane" || verified === "mta-sts" || (verified === "name" && rules.host.authentic)
  if (rules.mustBeNamed ? verified !== undefined : !rules.requireTls || isMeant) return byPolicy
  return reached.kind === "established"
    ? { kind: "skip", why: "unverified", report: byPolicy.report ?? reportOf(reached.found) }
    : { kind: "skip", why: "no-tls", report: byPolicy.report ?? "validation-failure" }
}

/** Is it plain already that without TLS nothing goes there, so that there is no use in trying? */
export function demandsTls(rules: TlsRules): boolean {
  const { wish, sts, requireTls, mustBeNamed } = rules
  if (requireTls || mustBeNamed || wish.kind !== "none") return true
  return sts?.policy.mode === "enforce"
}

/** Under which policy the host was connected to, as a report shows it. */
export function policySeen({ wish, sts, domain, host }: TlsRules): PolicySeen {
  if (wish.kind === "authenticate")
    return { kind: "tlsa", domain, lines: wish.records.map(lineOf), hosts: [host.name] }
  if (wish.kind !== "none") return { kind: "tlsa", domain, lines: [], hosts: [host.name] }
  if (sts !== undefined) return { kind: "sts", domain, lines: sts.lines, hosts: sts.policy.mx }
  return { kind: "no-policy-found", domain, lines: [], hosts: [] }
}

function judgeByDane(rules: TlsRules, reached: TlsReached, now: number): TlsVerdict {
  const { wish } = rules
  const decision = daneAfterTls(
    wish,
    reached.kind === "established"
      ? { kind: "established", shown: { chain: reached.chain, names: namesOf(rules), now } }
      : reached,
  )
  if (decision.kind === "deliver")
    return { kind: "deliver", verified: decision.by === undefined ? nameOf(reached) : "dane" }
  const why = reached.kind === "established" ? "unverified" : "no-tls"
  return { kind: "skip", why, report: decision.report }
}

/** RFC 7672 §3.2.2. */
function namesOf({ wish, host, domain }: TlsRules): readonly string[] {
  const base = wish.kind === "authenticate" ? wish.base : host.name
  return [base, domain, ...(host.domainAlias === undefined ? [] : [host.domainAlias])]
}

function judgeBySts({ sts, host }: TlsRules, reached: TlsReached): TlsVerdict {
  const decision = decideAfterTls(sts?.policy, reached.kind === "established" ? reached.found : reached)
  if (decision.kind === "skip") {
    const why = reached.kind === "established" ? "unverified" : "no-tls"
    return { kind: "skip", why, report: decision.report }
  }
  const isNamed = sts !== undefined && sts.policy.mode !== "none" && matchesMx(sts.policy.mx, host.name)
  const name = nameOf(reached)
  const verified = name !== undefined && isNamed ? "mta-sts" : name
  const report = decision.report ?? withoutPolicy(reached)
  return { kind: "deliver", verified, ...(report === undefined ? {} : { report }) }
}

/** Where nothing is asked for, a certificate of nobody known is no failure; TLS that does not work is (RFC 8460 §4.3). */
function withoutPolicy(reached: TlsReached): ResultType | undefined {
  if (reached.kind === "established") return undefined
  return reached.kind === "not-offered" ? "starttls-not-supported" : "validation-failure"
}

function nameOf(reached: TlsReached): "name" | undefined {
  return reached.kind === "established" && reached.found.kind === "verified" ? "name" : undefined
}

function reportOf(found: NameFound): ResultType {
  if (found.kind === "verified") return "validation-failure"
  switch (found.why) {
    case "expired":
      return "certificate-expired"
    case "other-name":
      return "certificate-host-mismatch"
    case "not-trusted":
      return "certificate-not-trusted"
  }
}

const usages = { authority: 2, server: 3 } as const
const selectors = { certificate: 0, key: 1 } as const
const matchings = { exact: 0, sha256: 1, sha512: 2 } as const

function lineOf(record: Extract<DaneWish, { kind: "authenticate" }>["records"][number]): string {
  const { usage, selector, matching, data } = record
  return `${usages[usage]} ${selectors[selector]} ${matchings[matching]} ${data.toString("hex")}`
}
