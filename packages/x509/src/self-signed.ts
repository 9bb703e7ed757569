import { createPublicKey, type KeyObject } from "node:crypto"
import { certificatePem, signCertificate } from "./certificate.ts"
import { element, objectId, octetString, sequence } from "./der.ts"
import { extension, extensionIds, subjectNames } from "./extensions.ts"

export interface SelfSignedOptions {
  /** DNS names, the first one also as common name; at least one. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** 8 to 20 unpredictable bytes (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array
  /** An EC key on P-256; it signs the certificate of its own public half. */
  readonly privateKey: KeyObject
  /** 32 bytes that answer a tls-alpn-01 challenge (RFC 8737 §3); such a certificate is for nothing else. */
  readonly acmeIdentifier?: Uint8Array
}

/** A certificate (RFC 5280 §4.1) for a TLS server that nobody vouches for but itself, in PEM. */
export function selfSignedCertificate(options: SelfSignedOptions): string {
  const [first] = options.names
  if (first === undefined) throw new RangeError("a certificate needs a name")
  const name = first.slice(0, 64)
  const certificate = signCertificate(
    {
      serial: Buffer.concat([Buffer.from([0x40]), options.serial]),
      issuer: name,
      subject: name,
      notBefore: options.notBefore,
      notAfter: options.notAfter,
      spki: createPublicKey(options.privateKey).export({ type: "spki", format: "der" }),
      extensions: [
        // basicConstraints, critical: not an authority. RFC 5280 §4.2.1.9
        extension("2.5.29.19", true, sequence()),
        // keyUsage, critical: digitalSignature. RFC 5280 §4.2.1.3
        extension("2.5.29.15", true, element(0x03, Buffer.from([7, 0x80]))),
        // extKeyUsage: serverAuth. RFC 5280 §4.2.1.12
        extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"))),
        subjectNames(options.names),
        ...(options.acmeIdentifier === undefined
          ? []
          : [extension(extensionIds.acmeIdentifier, true, octetString(options.acmeIdentifier))]),
      ],
    },
    options.privateKey,
  )
  return certificatePem(certificate)
}
