import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto"

/** What an authority issued, looked at before it is used. */
export type IssuedChain =
  | {
      readonly kind: "chain"
      /** PEM, the certificate first. */
      readonly pem: string
      /** The certificate itself, DER. */
      readonly leaf: Buffer
      /** Milliseconds since 1970. */
      readonly notBefore: number
      readonly notAfter: number
      /** Who signed it, as the certificate says: "Example CA". */
      readonly issuer: string
    }
  /** `why`: an English sentence. */
  | { readonly kind: "unfit"; readonly why: string }

/** Certificates in a chain. */
const maxCertificates = 10
/** Characters of PEM. */
export const maxChainLength = 100_000

/** RFC 8555 §7.4.2: certificates in PEM, one after the other, the one that was asked for first. */
export function readChain(
  pem: string,
  { names, privateKey }: { readonly names: readonly string[]; readonly privateKey: KeyObject },
): IssuedChain {
  if (pem.length > maxChainLength) return unfit("The chain is too long.")
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g) ?? []
  const certificates = blocks.map(parse)
  const [first] = certificates
  if (first === undefined || certificates.length > maxCertificates || certificates.includes(undefined))
    return unfit("What came is no chain of certificates.")
  if (!first.publicKey.equals(createPublicKey(privateKey))) return unfit("It is for another key.")
  const missing = names.find(name => first.checkHost(name, { subject: "never" }) === undefined)
  if (missing !== undefined) return unfit(`It is not for ${missing}.`)
  return {
    kind: "chain",
    pem: `${blocks.map(block => block.replace(/\r/g, "")).join("\n")}\n`,
    leaf: first.raw,
    notBefore: new Date(first.validFrom).getTime(),
    notAfter: new Date(first.validTo).getTime(),
    issuer: issuerOf(first),
  }
}

function parse(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block)
  } catch {
    // The one way in which Node says that something is no certificate.
    return undefined
  }
}

/** Who signed a certificate, as it says itself: its organisation, or else a name. At most 100 characters. */
export function issuerOf({ issuer }: X509Certificate): string {
  const lines = issuer.split("\n")
  const named = lines.find(line => line.startsWith("O=")) ?? lines.find(line => line.startsWith("CN="))
  return (named?.replace(/^\w+=/, "") ?? "").replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 100)
}

const unfit = (why: string): IssuedChain => ({ kind: "unfit", why })
