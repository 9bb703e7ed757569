/** What CAPA lists (RFC 2449 §6): after sign-in the same as before (RFC 2449 §5), but for STLS. */
import { saslMechanisms } from "../../people/index.ts"

export interface Offer {
  readonly tls: Parameters<typeof saslMechanisms>[0]["tls"]
  /** Passwords may be shown on this connection. */
  readonly passwords: boolean
  /** STLS can be given now. */
  readonly stls: boolean
}

export function capabilitiesFor(offer: Offer): readonly string[] {
  const mechanisms = saslMechanisms({ protocol: "pop3", ...offer })
  return [
    "TOP",
    "UIDL",
    "RESP-CODES", // RFC 2449 §6.4
    "AUTH-RESP-CODE", // RFC 3206 §6
    "PIPELINING", // RFC 2449 §6.6
    "EXPIRE NEVER", // RFC 2449 §6.7
    ...(offer.passwords ? ["USER"] : []),
    ...(mechanisms.length === 0 ? [] : [`SASL ${mechanisms.join(" ")}`]), // RFC 5034 §3
    ...(offer.stls ? ["STLS"] : []), // RFC 2595 §4
    "IMPLEMENTATION Letterkeep",
  ]
}
