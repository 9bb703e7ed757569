/** How one connection is at this moment, and what may be asked of it for that: its capabilities (RFC 9051 §7.2.2). */
import type { TLSSocket } from "node:tls"
import { capabilities } from "@letterkeep/imap"
import { channelBindingsOf } from "@letterkeep/sasl"
import type { Peer } from "../entrance/index.ts"
import type { BadMark } from "./abuse.ts"
import type { CompressibleWire } from "./compressible-wire.ts"
import type { House } from "./house.ts"

export interface HowItIs {
  readonly signedIn: boolean
  readonly tls: TLSSocket | undefined
  readonly compressed: boolean
  /** There is a certificate. */
  readonly canSecure: boolean
  /** Passwords may be shown on this connection. */
  readonly passwords: boolean
}

export function howItIs(
  house: Pick<House, "secureContext" | "plaintextOnLoopback">,
  { local }: Pick<Peer<BadMark>, "local">,
  { tls, compressed }: Pick<CompressibleWire, "tls" | "compressed">,
  signedIn: boolean,
): HowItIs {
  return {
    signedIn,
    tls,
    compressed,
    canSecure: house.secureContext() !== undefined,
    passwords: tls !== undefined || (house.plaintextOnLoopback && local),
  }
}

/** `appendLimit`: octets of the largest message that is taken. */
export function capabilitiesOf(how: HowItIs, appendLimit: number): string {
  const { signedIn, tls, compressed, canSecure, passwords } = how
  return capabilities({
    signedIn,
    startTls: tls === undefined && canSecure,
    passwords,
    scram: tls !== undefined,
    // Before TLS 1.3 it depends on the certificate.
    channelBinding: tls !== undefined && (tls.getProtocol() === "TLSv1.3" || channelBindingsOf(tls).size > 0),
    mayCompress: !compressed,
    appendLimit,
  })
}
