/** A certificate of version 3 (RFC 5280 §4.1) whose parties have common names alone, signed with ECDSA and SHA-256. */
import { type KeyObject, sign } from "node:crypto"
import { bitString, integer, objectId, sequence, set, tagged, time, utf8String } from "./der.ts"

export interface CertificateContent {
  /** Octets of a number that is not negative (RFC 5280 §4.1.2.2). */
  readonly serial: Buffer
  /** Common names. */
  readonly issuer: string
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** The subject's key, as SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer
  /** In DER. */
  readonly extensions: readonly Buffer[]
}

export const ecdsaWithSha256 = sequence(objectId("1.2.840.10045.4.3.2"))

/** A name of one common name. */
export function nameOf(text: string): Buffer {
  return sequence(set(sequence(objectId("2.5.4.3"), utf8String(text))))
}

/** In DER. `issuerKey`: an EC key on P-256. */
export function signCertificate(content: CertificateContent, issuerKey: KeyObject): Buffer {
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(content.serial),
    ecdsaWithSha256,
    nameOf(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    nameOf(content.subject),
    content.spki,
    tagged(3, sequence(...content.extensions)),
  )
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign("sha256", toBeSigned, issuerKey)))
}

export function certificatePem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}
