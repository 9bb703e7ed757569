import { isIP, type Socket } from "node:net"
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls"
import { type ChannelBindings, channelBindingsOf } from "@letterkeep/sasl"
import type { Timer } from "../timer.ts"
import { contextFor, machineRoots, type Roots } from "./roots.ts"

/**
 * TLS on a connection that stands, for mail: whoever the far side is, the handshake goes through, and what it showed is
 * told. Whether that is enough is decided by whoever asked (DANE, MTA-STS, or nobody).
 */
export interface Handshake {
  /** A name or an IP address, which the certificate is held against; a name is sent as SNI. */
  readonly name: string
  readonly timer: Timer
  /** Milliseconds. */
  readonly timeout: number
  /** The machine's unless said. */
  readonly roots?: Roots
}

export type Shaken =
  | {
      readonly kind: "secured"
      /** "TLSv1.3" */
      readonly version: string
      /** DER, the server's first, each followed by its issuer, as far as these were shown or are known here. */
      readonly chain: readonly Buffer[]
      readonly found: NameFound
      /** What a sign-in over it can be bound to (RFC 5929, RFC 9266). Only while the connection stands. */
      bindings(): ChannelBindings
    }
  /** The connection is gone. */
  | { readonly kind: "failed" }

/** Does a known authority vouch, in time, for the name? */
export type NameFound =
  | { readonly kind: "verified" }
  | { readonly kind: "unverified"; readonly why: "expired" | "other-name" | "not-trusted" }

/** Certificates of a chain that are looked at. */
const maxChain = 12

/** The socket of the result, where it is secured, takes the place of `plain`; otherwise both are destroyed. */
export function shakeHands(
  plain: Socket,
  { name, timer, timeout, roots = machineRoots() }: Handshake,
): Promise<{ readonly shaken: Shaken; readonly socket: TLSSocket }> {
  return new Promise(resolve => {
    const socket = connect({
      socket: plain,
      host: name,
      // SNI has names alone (RFC 6066 §3).
      ...(isIP(name) === 0 ? { servername: name } : {}),
      secureContext: contextFor(roots),
      rejectUnauthorized: false,
    })
    const fail = (): void => {
      cancel()
      socket.destroy()
      plain.destroy()
      resolve({ shaken: { kind: "failed" }, socket })
    }
    const cancel = timer.after(timeout, fail)
    socket.once("error", fail)
    socket.once("close", fail)
    socket.once("secureConnect", () => {
      cancel()
      socket.off("error", fail)
      socket.off("close", fail)
      const version = socket.getProtocol() ?? "TLS"
      resolve({
        shaken: {
          kind: "secured",
          version,
          chain: chainOf(socket),
          found: nameFound(socket),
          bindings: () => bindingsOf(socket),
        },
        socket,
      })
    })
  })
}

/** The certificate of the far side, which is the server, counts. */
function bindingsOf(socket: TLSSocket): ChannelBindings {
  return channelBindingsOf({
    getProtocol: () => socket.getProtocol(),
    exportKeyingMaterial: (length, label, context) => socket.exportKeyingMaterial(length, label, context),
    getX509Certificate: () => socket.getPeerX509Certificate(),
  })
}

/** Node links the certificates by their issuers; the one that issued itself ends the chain. */
function chainOf(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = []
  let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (one?.raw !== undefined && chain.length < maxChain) {
    chain.push(one.raw)
    if (one.issuerCertificate === one) break
    one = one.issuerCertificate
  }
  return chain
}

function nameFound(socket: TLSSocket): NameFound {
  if (socket.authorized) return { kind: "verified" }
  // Node's types say Error; what it sets is the code.
  const why: unknown = socket.authorizationError
  switch (why) {
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return { kind: "unverified", why: "expired" }
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return { kind: "unverified", why: "other-name" }
    default:
      return { kind: "unverified", why: "not-trusted" }
  }
}
