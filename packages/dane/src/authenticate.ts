import { createHash, createPublicKey, type KeyObject } from "node:crypto"
import { type Certificate, readCertificate } from "./certificate.ts"
import type { UsableTlsa } from "./tlsa.ts"

/**
 * Are the certificates that a server showed such as its domain says (RFC 7672 §3.2)? One record that they fit is enough.
 *
 * - Of the server itself (usage 3): the record and nothing else counts; names and times in the certificate do not.
 * - Of an authority (usage 2): a chain of signatures from the server's certificate to one that the record speaks of, each
 *   valid now, and the server's for one of the names that are asked for.
 */
export type Authentication =
  | { readonly kind: "authentic"; readonly by: UsableTlsa }
  | {
      readonly kind: "not-authentic"
      /** What a TLS report calls it (RFC 8460 §4.3). */
      readonly report: "certificate-expired" | "certificate-host-mismatch" | "validation-failure"
    }

export interface Shown {
  /** DER, the server's first; at most `chainLimit` are looked at. */
  readonly chain: readonly Buffer[]
  /**
   * RFC 7672 §3.2.2: the name that TLSA was found under, the domain that the mail goes to, and what that is a validated
   * alias of. ASCII forms.
   */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Certificates of one chain. */
export const chainLimit = 12

export function authenticate(records: readonly UsableTlsa[], shown: Shown): Authentication {
  const chain = shown.chain.slice(0, chainLimit).map(readCertificate)
  const [server, ...others] = chain
  if (server === undefined) return { kind: "not-authentic", report: "validation-failure" }
  for (const record of records)
    if (record.usage === "server" && fits(record, server)) return { kind: "authentic", by: record }
  const authorities = records.filter(({ usage }) => usage === "authority")
  const known = others.filter(one => one !== undefined)
  return authorities.length === 0
    ? { kind: "not-authentic", report: "validation-failure" }
    : followChain(authorities, server, known, shown)
}

function followChain(
  records: readonly UsableTlsa[],
  server: Certificate,
  others: readonly Certificate[],
  { names, now }: Shown,
): Authentication {
  const failed = (report: Extract<Authentication, { kind: "not-authentic" }>["report"]): Authentication => ({
    kind: "not-authentic",
    report,
  })
  if (!isInTime(server, now)) return failed("certificate-expired")
  if (server.hasUnknownCritical || !isForServers(server)) return failed("validation-failure")
  // RFC 7671 §10.1.1: an authority that a record holds whole need not be shown.
  const candidates = [...others, ...records.flatMap(heldCertificate)]
  // A key whose certificate is shown is bound by what that says; a bare key by nothing.
  const bareKeys = records.filter(record => !others.some(one => one.key.equals(record.data)))
  let current = server
  let sawExpired = false
  /** `depth`: authorities below the one that is sought. Each step is bounded, and so is their number: circles end. */
  for (let depth = 0; depth <= chainLimit; depth += 1) {
    const issuers = candidates.filter(one => one !== current && mayIssue(one, current, depth))
    const valid = issuers.filter(one => isInTime(one, now))
    sawExpired ||= valid.length < issuers.length
    const anchor =
      bareKeys.find(record => signedByHeldKey(record, current)) ??
      records.find(record => valid.some(issuer => fits(record, issuer)))
    if (anchor !== undefined) {
      const isNamed = names.some(name => isFor(server, name))
      return isNamed ? { kind: "authentic", by: anchor } : failed("certificate-host-mismatch")
    }
    const [next] = valid
    if (next === undefined) break
    current = next
  }
  return failed(sawExpired ? "certificate-expired" : "validation-failure")
}

/** `below`: authorities between this one and the server. */
function mayIssue(issuer: Certificate, subject: Certificate, below: number): boolean {
  return (
    issuer.x509.ca &&
    !issuer.hasUnknownCritical &&
    (issuer.pathLength === undefined || below <= issuer.pathLength) &&
    subject.x509.checkIssued(issuer.x509) &&
    verifies(subject, () => issuer.x509.publicKey)
  )
}

function fits({ selector, matching, data }: UsableTlsa, certificate: Certificate): boolean {
  const bytes = selector === "certificate" ? certificate.der : certificate.key
  if (matching === "exact") return bytes.equals(data)
  return createHash(matching).update(bytes).digest().equals(data)
}

function heldCertificate({ selector, matching, data }: UsableTlsa): Certificate[] {
  if (selector !== "certificate" || matching !== "exact") return []
  const held = readCertificate(data)
  return held === undefined ? [] : [held]
}

/** A record may hold the key of an authority that nobody shows (RFC 7671 §10.1.2). */
function signedByHeldKey({ selector, matching, data }: UsableTlsa, certificate: Certificate): boolean {
  if (selector !== "key" || matching !== "exact") return false
  return verifies(certificate, () => createPublicKey({ key: data, format: "der", type: "spki" }))
}

/** `key` may throw, as may the check itself, for keys and algorithms that OpenSSL does not know. */
function verifies(certificate: Certificate, key: () => KeyObject): boolean {
  try {
    return certificate.x509.verify(key())
  } catch {
    return false
  }
}

function isInTime({ x509 }: Certificate, now: number): boolean {
  return x509.validFromDate.getTime() <= now && now <= x509.validToDate.getTime()
}

/** RFC 5280 §4.2.1.12: where purposes are named, TLS servers or any must be among them. */
function isForServers({ x509 }: Certificate): boolean {
  const purposes: readonly string[] | undefined = x509.keyUsage
  return purposes === undefined || purposes.includes("1.3.6.1.5.5.7.3.1") || purposes.includes("2.5.29.37.0")
}

/** RFC 7672 §3.2.3: by names of the DNS; the common name counts where there are none. */
function isFor({ x509 }: Certificate, name: string): boolean {
  return x509.checkHost(name.replace(/\.$/, ""), { partialWildcards: false }) !== undefined
}
