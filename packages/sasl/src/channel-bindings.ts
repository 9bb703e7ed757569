/**
 * Channel bindings: octets that both ends of one TLS connection know, and that no connection through somebody between
 * them shares. A client that binds its proof to them notices whoever stands there.
 *
 *     tls-exporter           RFC 9266: 32 octets of keying material; here of TLS 1.3 alone
 *     tls-server-end-point   RFC 5929 §4: the hash of the server's certificate
 */
import { createHash, type X509Certificate } from "node:crypto"

/** What a connection can be bound to, by the names that clients ask for. Without TLS: nothing. */
export type ChannelBindings = ReadonlyMap<string, Buffer>

/** What is asked of a TLS connection; node:tls' sockets have it. */
export interface TlsSide {
  getProtocol(): string | null
  exportKeyingMaterial(length: number, label: string, context: Buffer): Buffer
  /** The server's certificate. A socket of the side that connects has it under another name. */
  getX509Certificate(): X509Certificate | undefined
}

export function channelBindingsOf(tls: TlsSide): ChannelBindings {
  const bindings = new Map<string, Buffer>()
  // RFC 9266: before TLS 1.3 only with the extended master secret, of which Node does not tell.
  if (tls.getProtocol() === "TLSv1.3") {
    bindings.set("tls-exporter", tls.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)))
  }
  const certificate = tls.getX509Certificate()
  const endPoint = certificate === undefined ? undefined : serverEndPoint(certificate)
  if (endPoint !== undefined) bindings.set("tls-server-end-point", endPoint)
  return bindings
}

/**
 * RFC 5929 §4.1: by the hash of the certificate's signature, SHA-256 in the place of MD5 and SHA-1. Undefined for
 * signatures without one such hash (Ed25519, RSASSA-PSS with its parameters apart).
 */
function serverEndPoint(certificate: X509Certificate): Buffer | undefined {
  const hash = hashOf(certificate.signatureAlgorithm ?? "")
  return hash === undefined ? undefined : createHash(hash).update(certificate.raw).digest()
}

function hashOf(algorithm: string): string | undefined {
  const name = algorithm.toLowerCase().replaceAll("-", "")
  if (name.includes("sha512")) return "sha512"
  if (name.includes("sha384")) return "sha384"
  if (name.includes("sha224")) return "sha224"
  return /sha256|sha1|md5/.test(name) ? "sha256" : undefined
}
