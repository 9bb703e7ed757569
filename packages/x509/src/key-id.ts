import { extensionIds, findExtension } from "./extensions.ts"
import { childrenOf, contentOf, readElement } from "./read-der.ts"

/**
 * By what an authority finds a certificate of its own again: which key signed it, and its serial number.
 *
 *     AuthorityKeyIdentifier = SEQUENCE { [0] keyIdentifier OCTET STRING?, … }     ; RFC 5280 §4.2.1.1
 */
export interface IssuedAs {
  readonly keyIdentifier: Buffer
  /** The content octets of the INTEGER, with a leading zero where DER asks for one. */
  readonly serialNumber: Buffer
}

/** Undefined where the certificate does not say which key signed it, or is none. */
export function issuedAs(certificate: Buffer): IssuedAs | undefined {
  const value = findExtension(certificate, extensionIds.authorityKeyIdentifier)
  const list = value === undefined ? undefined : readElement(value, 0, value.length)
  if (value === undefined || list === undefined) return undefined
  const identifier = childrenOf(value, list)?.find(child => child.tag === 0x80)
  const serialNumber = readSerialNumber(certificate)
  if (identifier === undefined || serialNumber === undefined) return undefined
  return { keyIdentifier: contentOf(value, identifier), serialNumber }
}

function readSerialNumber(certificate: Buffer): Buffer | undefined {
  const whole = readElement(certificate, 0, certificate.length)
  const tbs = whole === undefined ? undefined : childrenOf(certificate, whole)?.[0]
  const fields = tbs === undefined ? undefined : childrenOf(certificate, tbs)
  const serial = fields?.find(field => field.tag === 0x02)
  return serial === undefined ? undefined : contentOf(certificate, serial)
}
