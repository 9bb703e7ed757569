import assert from "node:assert/strict"
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto"
import { test } from "node:test"
import { certificateRequest } from "./certificate-request.ts"
import { octetString, sequence } from "./der.ts"
import { extensionIds, findExtension } from "./extensions.ts"
import { issuedAs } from "./key-id.ts"
import { childrenOf, contentOf, readElement } from "./read-der.ts"
import { selfSignedCertificate } from "./self-signed.ts"

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })

/** The elements in an element of `bytes`. */
function parts(bytes: Buffer): readonly Buffer[] {
  const whole = readElement(bytes, 0, bytes.length)
  assert.ok(whole !== undefined && whole.end === bytes.length)
  return (childrenOf(bytes, whole) ?? []).map(child => bytes.subarray(child.start, child.end))
}

test("asks for its names, with the key, signed by it", () => {
  const request = certificateRequest({ names: ["mail.example", "mx.example"], privateKey })
  const [info = Buffer.alloc(0), , signature = Buffer.alloc(0)] = parts(request)
  const [version, subject = Buffer.alloc(0), spki = Buffer.alloc(0), attributes = Buffer.alloc(0)] =
    parts(info)
  assert.equal(version?.toString("hex"), "020100")
  assert.ok(subject.includes("mail.example"))
  assert.ok(createPublicKey({ key: spki, type: "spki", format: "der" }).equals(publicKey))
  // A bit string begins with how many bits of its last octet do not count.
  const [bits] = [readElement(signature, 0, signature.length)]
  assert.ok(bits !== undefined)
  assert.ok(verify("sha256", info, publicKey, contentOf(signature, bits).subarray(1)))
  for (const name of ["mail.example", "mx.example"]) assert.ok(attributes.includes(name), name)
})

test("leaves a name out of the subject that does not fit there", () => {
  const long = `${"a".repeat(60)}.example`
  const [info = Buffer.alloc(0)] = parts(certificateRequest({ names: [long], privateKey }))
  assert.equal(parts(info)[1]?.toString("hex"), "3000")
  assert.ok(info.includes(long))
})

test("refuses to ask for no name", () => {
  assert.throws(() => certificateRequest({ names: [], privateKey }), RangeError)
})

const selfSigned = (acmeIdentifier?: Buffer): Buffer =>
  new X509Certificate(
    selfSignedCertificate({
      names: ["mail.example"],
      notBefore: 0,
      notAfter: Date.UTC(2040, 0, 1),
      serial: Buffer.alloc(16, 1),
      privateKey,
      ...(acmeIdentifier === undefined ? {} : { acmeIdentifier }),
    }),
  ).raw

test("puts the answer to a challenge into a critical extension, and finds it again", () => {
  const digest = Buffer.alloc(32, 7)
  const found = findExtension(selfSigned(digest), extensionIds.acmeIdentifier)
  assert.deepEqual(found, octetString(digest))
  // RFC 8737 §3: critical. TRUE stands between the id and the value.
  assert.ok(selfSigned(digest).includes(Buffer.from("2b06010505070 11f0101ff".replaceAll(" ", ""), "hex")))
  assert.equal(findExtension(selfSigned(), extensionIds.acmeIdentifier), undefined)
})

test("finds nothing in what is no certificate, or is cut off", () => {
  const whole = selfSigned(Buffer.alloc(32))
  for (let length = 0; length < whole.length; length += 1)
    assert.equal(findExtension(whole.subarray(0, length), extensionIds.acmeIdentifier), undefined)
  assert.equal(findExtension(sequence(), extensionIds.acmeIdentifier), undefined)
})

test("a certificate that does not say which key signed it has no name with its authority", () => {
  assert.equal(issuedAs(selfSigned()), undefined)
})
