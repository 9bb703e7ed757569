import { createPublicKey, type KeyObject, sign } from "node:crypto"
import { ecdsaWithSha256, nameOf } from "./certificate.ts"
import { bitString, integer, objectId, sequence, set, tagged } from "./der.ts"
import { subjectNames } from "./extensions.ts"

export interface RequestOptions {
  /** DNS names in A-label form; at least one. */
  readonly names: readonly string[]
  /** An EC key on P-256. */
  readonly privateKey: KeyObject
}

/**
 * Asks an authority to certify a key for these names: PKCS #10 (RFC 2986 §4), DER. The names stand in an
 * extensionRequest attribute (RFC 2985 §5.4.2), the first one also as common name where it fits (64 characters).
 */
export function certificateRequest({ names, privateKey }: RequestOptions): Buffer {
  const [first] = names
  if (first === undefined) throw new RangeError("a certificate needs a name")
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" })
  const extensionRequest = sequence(objectId("1.2.840.113549.1.9.14"), set(sequence(subjectNames(names))))
  const subject = first.length > 64 ? sequence() : nameOf(first)
  const info = sequence(integer(Buffer.from([0])), subject, spki, tagged(0, extensionRequest))
  return sequence(info, ecdsaWithSha256, bitString(sign("sha256", info, privateKey)))
}
