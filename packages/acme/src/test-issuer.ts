/** For tests: issues what a request asks for, signed by an authority that lives as long as the test. */
import { createHash, generateKeyPairSync } from "node:crypto"
import { childrenOf, readElement } from "@letterkeep/x509"
import { certificatePem, signCertificate } from "../../x509/src/certificate.ts"
import { element, sequence } from "../../x509/src/der.ts"
import { extension, extensionIds, subjectNames } from "../../x509/src/extensions.ts"

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
    const keyOfIssuer = extension(extensionIds.authorityKeyIdentifier, false, sequence(element(0x80, keyId)))
    const content = {
      ...life(),
      serial: Buffer.from([1, serial]),
      issuer: "Test CA",
      subject: names[0] ?? "",
      spki: keyIn(request),
      extensions: [subjectNames(names), keyOfIssuer],
    }
    return certificatePem(signCertificate(content, privateKey))
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
