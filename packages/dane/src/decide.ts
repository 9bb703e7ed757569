import { authenticate, type Shown } from "./authenticate.ts"
import type { UsableTlsa } from "./tlsa.ts"
import type { DaneWish } from "./wish.ts"

/**
 * What DANE means for one host that mail could be given to. A host that is skipped gets no message, and no other policy
 * puts that right (RFC 8461 §2); when all of a domain's are, the message waits and is tried again.
 */
export type DaneDecision =
  /** `by`: the record that the server fitted; absent where none was asked for. */
  | { readonly kind: "deliver"; readonly by?: UsableTlsa }
  /** `report`: what a TLS report calls it (RFC 8460 §4.3). */
  | { readonly kind: "skip"; readonly report: FailureType }

type FailureType =
  | "starttls-not-supported"
  | "certificate-expired"
  | "certificate-host-mismatch"
  | "validation-failure"
  | "dnssec-invalid"

/** How far TLS has come with a host. */
export type TlsReached =
  | { readonly kind: "not-offered" }
  /** The handshake ended before there was a certificate. */
  | { readonly kind: "failed" }
  | { readonly kind: "established"; readonly shown: Shown }

/** May the host be connected to? Not where it could not be found out what it asks for (RFC 7672 §2.1.2). */
export function daneBeforeConnecting(wish: DaneWish): DaneDecision {
  return wish.kind === "unknown" ? { kind: "skip", report: "dnssec-invalid" } : { kind: "deliver" }
}

/** May the host be given the message, over what TLS has come to? */
export function daneAfterTls(wish: DaneWish, reached: TlsReached): DaneDecision {
  if (wish.kind === "none") return { kind: "deliver" }
  if (wish.kind === "unknown") return daneBeforeConnecting(wish)
  switch (reached.kind) {
    case "not-offered":
      return { kind: "skip", report: "starttls-not-supported" }
    case "failed":
      return { kind: "skip", report: "validation-failure" }
    case "established": {
      if (wish.kind === "encrypt") return { kind: "deliver" }
      const found = authenticate(wish.records, reached.shown)
      return found.kind === "authentic"
        ? { kind: "deliver", by: found.by }
        : { kind: "skip", report: found.report }
    }
  }
}
