/**
 * Extensions of certificates and of what asks for them (RFC 5280 §4.2), written and found.
 *
 *     Extension = SEQUENCE { id, critical BOOLEAN?, value OCTET STRING }
 */
import { boolean, element, objectId, octetString, sequence } from "./der.ts"
import { childrenOf, contentOf, readElement } from "./read-der.ts"

/** In dotted form. */
export const extensionIds = {
  subjectAltName: "2.5.29.17",
  authorityKeyIdentifier: "2.5.29.35",
  /** id-pe-acmeIdentifier, RFC 8737 §3. */
  acmeIdentifier: "1.3.6.1.5.5.7.1.31",
} as const

export function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

/** subjectAltName of DNS names in A-label form (RFC 5280 §4.2.1.6). */
export function subjectNames(names: readonly string[]): Buffer {
  const value = sequence(...names.map(dns => element(0x82, Buffer.from(dns, "latin1"))))
  return extension(extensionIds.subjectAltName, false, value)
}

/** What stands in an extension's octet string; undefined where the certificate has no such extension, or is none. */
export function findExtension(certificate: Buffer, id: string): Buffer | undefined {
  const whole = readElement(certificate, 0, certificate.length)
  const tbs = whole === undefined ? undefined : childrenOf(certificate, whole)?.[0]
  const fields = tbs === undefined ? undefined : childrenOf(certificate, tbs)
  const wrapper = fields?.find(field => field.tag === 0xa3)
  const list = wrapper === undefined ? undefined : childrenOf(certificate, wrapper)?.[0]
  const extensions = list === undefined ? undefined : childrenOf(certificate, list)
  const wanted = objectId(id)
  for (const one of extensions ?? []) {
    const [name, second, third] = childrenOf(certificate, one) ?? []
    const value = third ?? second
    if (name === undefined || value === undefined) return undefined
    if (certificate.subarray(name.start, name.end).equals(wanted)) return contentOf(certificate, value)
  }
  return undefined
}
