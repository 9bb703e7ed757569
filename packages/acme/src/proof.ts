/**
 * What shows an authority that a name is ours: each way puts a text that only the holder of the account key can make
 * where only the holder of the name can put it.
 */
import { createHash } from "node:crypto"
import type { AccountKey } from "./jws.ts"

export const challengeKinds = ["http-01", "tls-alpn-01", "dns-01"] as const
export type ChallengeKind = (typeof challengeKinds)[number]

export interface Proof {
  readonly kind: ChallengeKind
  /** The DNS name that it is for, in lower case. */
  readonly name: string
  /** 22 to 256 characters of base64url. */
  readonly token: string
  /** The token and the key's thumbprint (RFC 8555 §8.1). */
  readonly keyAuthorization: string
}

/** RFC 8555 §8.1: at least 128 bits, so 22 characters. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{22,256}$/.test(text)
}

export function proofOf(key: AccountKey, kind: ChallengeKind, name: string, token: string): Proof {
  return { kind, name, token, keyAuthorization: `${token}.${key.thumbprint}` }
}

/** http-01: the key authorization is asked for at this path and a token, on port 80 (RFC 8555 §8.3). */
export const httpChallengePath = "/.well-known/acme-challenge/"

/** dns-01: a TXT record (RFC 8555 §8.4). */
export function dnsRecord({ name, keyAuthorization }: Pick<Proof, "name" | "keyAuthorization">): {
  readonly name: string
  readonly value: string
} {
  return { name: `_acme-challenge.${name}`, value: digestOf(keyAuthorization).toString("base64url") }
}

/** tls-alpn-01: what stands in the certificate shown to who asks for the protocol `alpnProtocol` (RFC 8737 §3). */
export function alpnDigest({ keyAuthorization }: Pick<Proof, "keyAuthorization">): Buffer {
  return digestOf(keyAuthorization)
}

export const alpnProtocol = "acme-tls/1"

function digestOf(keyAuthorization: string): Buffer {
  return createHash("sha256").update(keyAuthorization).digest()
}
