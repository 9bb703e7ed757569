/** For tests: issues what a request asks for, signed by an authority that lives as long as the test. */
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import { childrenOf, readElement } from "@letterkeep/x509"
import {
  bitString,
  element,
  integer,
  objectId,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "../../x509/src/der.ts"
import { extension, subjectNames } from "../../x509/src/extensions.ts"
import { ecdsaWithSha256 } from "../../x509/src/self-signed.ts"

export function createTestIssuer(
  names: readonly string[],
  life: () => { notBefore: number; notAfter: number },
) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const keyId = createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
  let serial = 0
  /** PEM. */
  return (request: Buffer): string => {
    serial += 1
    const { notBefore, notAfter } = life()
    const name = (text: string) => sequence(set(sequence(objectId("2.5.4.3"), utf8String(text))))
    const toBeSigned = sequence(
      tagged(0, integer(Buffer.from([2]))),
      integer(Buffer.from([1, serial])),
      ecdsaWithSha256,
      name("Test CA"),
      sequence(time(notBefore), time(notAfter)),
      name(names[0] ?? ""),
      keyIn(request),
      tagged(3, sequence(subjectNames(names), extension("2.5.29.35", false, sequence(element(0x80, keyId))))),
    )
    const whole = sequence(toBeSigned, ecdsaWithSha256, bitString(sign("sha256", toBeSigned, privateKey)))
    const lines = whole.toString("base64").match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
  }
}

/** The SubjectPublicKeyInfo of a request (RFC 2986 §4.1). */
function keyIn(request: Buffer): Buffer {
  const whole = readElement(request, 0, request.length)
  const info = whole === undefined ? undefined : childrenOf(request, whole)?.[0]
  const key = info === undefined ? undefined : childrenOf(request, info)?.[2]
  if (key === undefined) throw new Error("that is no request")
  return request.subarray(key.start, key.end)
}
