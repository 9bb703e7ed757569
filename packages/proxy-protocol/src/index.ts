/**
 * The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt §2.2): how a load balancer tells whom it speaks
 * for. Version 1, a line of text, is not read. Pure: bytes in, a value out.
 *
 *     header  = signature ver-cmd fam length addresses *TLV
 *     ver-cmd = %x20 (LOCAL) / %x21 (PROXY)
 *     fam     = high four bits: 0 unspecified, 1 IPv4, 2 IPv6, 3 Unix; low four: 1 stream, 2 datagram
 *     length  = 2 octets, of all that follows
 *
 * Whoever uses this must have configured the sources that may send it, and must wait for it before anything
 * else: a header from anybody else is a lie.
 */
export type ProxyRead =
  /** More bytes are needed, at least this many in all. */
  | { readonly kind: "more"; readonly octets: number }
  /** Not a header of version 2, or longer than `maxProxyHeader`. */
  | { readonly kind: "bad"; readonly why: "signature" | "version" | "command" | "family" | "length" | "tlv" }
  /** A health check of the balancer, or an address family that says nothing: the connection's own ends hold. */
  | { readonly kind: "local"; readonly octets: number }
  | {
      readonly kind: "proxied"
      readonly source: ProxyEnd
      readonly destination: ProxyEnd
      /** Octets of the header; what follows is the peer's. */
      readonly octets: number
    }

export interface ProxyEnd {
  /** IPv4 in dots, or IPv6 in eight groups of lower-case hexadecimal digits. */
  readonly ip: string
  readonly port: number
}

/** Octets of a header that is read at all: addresses, and room for TLVs such as a certificate's name. */
export const maxProxyHeader = 4_096

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1")
const fixed = 16

export function readProxyHeader(input: Uint8Array): ProxyRead {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  const seen = Math.min(bytes.length, signature.length)
  if (!bytes.subarray(0, seen).equals(signature.subarray(0, seen))) return { kind: "bad", why: "signature" }
  if (bytes.length < fixed) return { kind: "more", octets: fixed }
  const versionAndCommand = bytes.readUInt8(12)
  if (versionAndCommand >> 4 !== 2) return { kind: "bad", why: "version" }
  const command = versionAndCommand & 0x0f
  if (command > 1) return { kind: "bad", why: "command" }
  const octets = fixed + bytes.readUInt16BE(14)
  if (octets > maxProxyHeader) return { kind: "bad", why: "length" }
  if (bytes.length < octets) return { kind: "more", octets }
  return readAddresses(command === 0, bytes.readUInt8(13), bytes.subarray(fixed, octets), octets)
}

function readAddresses(local: boolean, family: number, rest: Buffer, octets: number): ProxyRead {
  const size = addressSizes.get(family >> 4)
  if (size === undefined || (family & 0x0f) > 2) return { kind: "bad", why: "family" }
  if (local) return { kind: "local", octets }
  if (rest.length < size) return { kind: "bad", why: "length" }
  if (!areTlvs(rest.subarray(size))) return { kind: "bad", why: "tlv" }
  switch (family) {
    case 0x11:
      return {
        kind: "proxied",
        source: { ip: rest.subarray(0, 4).join("."), port: rest.readUInt16BE(8) },
        destination: { ip: rest.subarray(4, 8).join("."), port: rest.readUInt16BE(10) },
        octets,
      }
    case 0x21:
      return {
        kind: "proxied",
        source: { ip: ipv6(rest, 0), port: rest.readUInt16BE(32) },
        destination: { ip: ipv6(rest, 16), port: rest.readUInt16BE(34) },
        octets,
      }
    default:
      return { kind: "local", octets }
  }
}

/** By address family: octets of two addresses and two ports; Unix has two paths of 108. */
const addressSizes: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 12],
  [2, 36],
  [3, 216],
])

function ipv6(bytes: Buffer, from: number): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(from + 2 * at).toString(16)).join(":")
}

/** Type, two octets of length, value: to the last octet. Their meaning is not needed here. */
function areTlvs(bytes: Buffer): boolean {
  let at = 0
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1)
  return at === bytes.length
}
