import { X509Certificate } from "node:crypto"
import { childrenOf, contentOf, type Element, readElement } from "@letterkeep/x509"

/**
 * A certificate as a server shows it (RFC 5280 §4.1), read by Node; beside that what Node does not tell: the bytes of its
 * key, and two things that bind an authority.
 *
 *     Certificate     = SEQUENCE { tbsCertificate, … }
 *     tbsCertificate  = SEQUENCE { [0] version?, serial, algorithm, issuer, validity, subject, key, …, [3] extensions? }
 *     Extension       = SEQUENCE { id, critical BOOLEAN?, value OCTET STRING }
 */
export interface Certificate {
  readonly x509: X509Certificate
  readonly der: Buffer
  /** The SubjectPublicKeyInfo, as it stands in the certificate. */
  readonly key: Buffer
  /** How many authorities may stand between this one and a server (RFC 5280 §4.2.1.9). */
  readonly pathLength: number | undefined
  /** It has a critical extension that nobody here heeds (RFC 5280 §4.2), such as name constraints. */
  readonly hasUnknownCritical: boolean
}

/** Undefined for what is no certificate. */
export function readCertificate(der: Buffer): Certificate | undefined {
  const x509 = parse(der)
  const whole = readElement(der, 0, der.length)
  const tbs = whole === undefined ? undefined : childrenOf(der, whole)?.[0]
  const fields = tbs === undefined ? undefined : childrenOf(der, tbs)
  if (x509 === undefined || whole?.end !== der.length || fields === undefined) return undefined
  // Only version 1 leaves the version out.
  const key = fields[fields[0]?.tag === 0xa0 ? 6 : 5]
  const extensions = readExtensions(der, fields)
  if (key === undefined || extensions === undefined) return undefined
  return { x509, der, key: der.subarray(key.start, key.end), ...extensions }
}

function parse(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    // The one way in which Node says that bytes are no certificate.
    return undefined
  }
}

/** basicConstraints, keyUsage, extKeyUsage, subjectAltName: what Node or `authenticate` heeds. */
const heeded: ReadonlySet<string> = new Set(["551d13", "551d0f", "551d25", "551d11"])

function readExtensions(
  der: Buffer,
  fields: readonly Element[],
): Pick<Certificate, "pathLength" | "hasUnknownCritical"> | undefined {
  const wrapper = fields.find(field => field.tag === 0xa3)
  if (wrapper === undefined) return { pathLength: undefined, hasUnknownCritical: false }
  const list = childrenOf(der, wrapper)?.[0]
  const extensions = list === undefined ? undefined : childrenOf(der, list)
  if (extensions === undefined) return undefined
  let pathLength: number | undefined
  let hasUnknownCritical = false
  for (const extension of extensions) {
    const [id, second, third] = childrenOf(der, extension) ?? []
    const value = third ?? second
    if (id === undefined || second === undefined || value === undefined) return undefined
    const name = contentOf(der, id).toString("hex")
    const isCritical = third !== undefined && contentOf(der, second)[0] !== 0
    if (isCritical && !heeded.has(name)) hasUnknownCritical = true
    if (name === "551d13") pathLength = readPathLength(contentOf(der, value))
  }
  return { pathLength, hasUnknownCritical }
}

/** SEQUENCE { cA BOOLEAN?, pathLenConstraint INTEGER? } */
function readPathLength(value: Buffer): number | undefined {
  const whole = readElement(value, 0, value.length)
  const number = (whole === undefined ? [] : (childrenOf(value, whole) ?? [])).find(
    child => child.tag === 0x02,
  )
  if (number === undefined) return undefined
  const octets = contentOf(value, number)
  // More than one octet is more authorities than any chain here has.
  return octets.length === 1 ? octets[0] : undefined
}
