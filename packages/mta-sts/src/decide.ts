import { matchesMx } from "./match-mx.ts"
import type { Policy } from "./policy.ts"

/**
 * What a policy means for one host that mail could be given to. A host that is skipped gets no message; when all of a
 * domain's are, the message waits and is tried again, never is it sent without what the policy asks for.
 *
 * DANE comes before this: what fails there is not put right here (RFC 8461 §2).
 */
export type Decision =
  /** `report`: what a report about this session says went wrong although the message goes (RFC 8460 §4.3). */
  | { readonly kind: "deliver"; readonly report?: FailureType }
  | { readonly kind: "skip"; readonly report: FailureType }

/** Result types of TLS reports (RFC 8460 §4.3). */
type FailureType =
  | "starttls-not-supported"
  | "certificate-host-mismatch"
  | "certificate-expired"
  | "certificate-not-trusted"
  | "validation-failure"

/** How far TLS has come with a host. */
export type TlsFound =
  /** Chain to a known authority, within its time, for the name of the host. */
  | { readonly kind: "verified" }
  | { readonly kind: "not-offered" }
  /** The handshake ended before there was a certificate. */
  | { readonly kind: "failed" }
  | { readonly kind: "unverified"; readonly why: "expired" | "other-name" | "not-trusted" }

/** May the host be connected to? `host`: the name in the MX record, not what an alias of it leads to. */
export function decideBeforeConnecting(policy: Policy | undefined, host: string): Decision {
  if (policy === undefined || policy.mode === "none" || matchesMx(policy.mx, host)) return { kind: "deliver" }
  return judge(policy, "validation-failure")
}

/** May the host be given the message, over what TLS has come to? It has passed `decideBeforeConnecting`. */
export function decideAfterTls(policy: Policy | undefined, found: TlsFound): Decision {
  const wrong = failureOf(found)
  if (wrong === undefined || policy === undefined || policy.mode === "none") return { kind: "deliver" }
  return judge(policy, wrong)
}

/** RFC 8461 §5: testing reports and delivers, enforce does not deliver. */
function judge(policy: Policy, report: FailureType): Decision {
  return { kind: policy.mode === "testing" ? "deliver" : "skip", report }
}

function failureOf(found: TlsFound): FailureType | undefined {
  switch (found.kind) {
    case "verified":
      return undefined
    case "not-offered":
      return "starttls-not-supported"
    case "failed":
      return "validation-failure"
    case "unverified":
      switch (found.why) {
        case "expired":
          return "certificate-expired"
        case "other-name":
          return "certificate-host-mismatch"
        case "not-trusted":
          return "certificate-not-trusted"
      }
  }
}
