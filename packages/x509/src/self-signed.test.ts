import assert from "node:assert/strict"
import { generateKeyPairSync, X509Certificate } from "node:crypto"
import { test } from "node:test"
import { integer, objectId, time } from "./der.ts"
import { selfSignedCertificate } from "./self-signed.ts"

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })

test("makes a certificate that OpenSSL reads, for the names given, signed by its own key", () => {
  const notBefore = Date.UTC(2026, 0, 2, 3, 4, 5)
  const pem = selfSignedCertificate({
    names: ["mail.example", "mx.example"],
    notBefore,
    notAfter: Date.UTC(2051, 0, 1),
    serial: Buffer.alloc(16, 0xff),
    privateKey,
  })
  const certificate = new X509Certificate(pem)
  assert.equal(certificate.subject, "CN=mail.example")
  assert.equal(certificate.subjectAltName, "DNS:mail.example, DNS:mx.example")
  assert.equal(new Date(certificate.validFrom).getTime(), notBefore)
  assert.equal(new Date(certificate.validTo).getTime(), Date.UTC(2051, 0, 1))
  assert.equal(certificate.ca, false)
  assert.equal(certificate.checkHost("mx.example"), "mx.example")
  assert.equal(certificate.verify(publicKey), true)
})

test("refuses to make one without a name", () => {
  const options = { names: [], notBefore: 0, notAfter: 1, serial: Buffer.alloc(8), privateKey }
  assert.throws(() => selfSignedCertificate(options), RangeError)
})

test("writes the numbers, ids and times that X.690 and RFC 5280 show", () => {
  assert.equal(integer(Buffer.from([0, 0x80])).toString("hex"), "02020080")
  assert.equal(integer(Buffer.alloc(3)).toString("hex"), "020100")
  assert.equal(objectId("1.2.840.113549").toString("hex"), "06062a864886f70d")
  assert.equal(
    time(Date.UTC(2049, 11, 31))
      .toString("latin1")
      .slice(2),
    "491231000000Z",
  )
  assert.equal(
    time(Date.UTC(2050, 0, 1))
      .toString("latin1")
      .slice(2),
    "20500101000000Z",
  )
})
