import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { test } from "node:test"
import { rawKey } from "../fixtures/signing.ts"
import { createKeyCache, parseKeyRecord } from "./key-record.ts"

const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey
const spki = rsa.export({ type: "spki", format: "der" }).toString("base64")
const pkcs1 = rsa.export({ type: "pkcs1", format: "der" }).toString("base64")
const ed25519 = rawKey(generateKeyPairSync("ed25519").publicKey)
const weak = generateKeyPairSync("rsa", { modulusLength: 768 }).publicKey.export({
  type: "spki",
  format: "der",
})
const slow = generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent: 0x1_0001 }).publicKey.export({
  format: "jwk",
})

for (const [text, type, bits] of [
  [`v=DKIM1; k=rsa; p=${spki}`, "rsa", 1024],
  [`p=${pkcs1}`, "rsa", 1024],
  [`v=DKIM1; h=sha1:sha256; s=email; n=a note; t=y:s; x=unknown; p=${spki}`, "rsa", 1024],
  [`k=ed25519; p=${ed25519}; s=*`, "ed25519", 256],
] as const) {
  test(`reads the key record ${text.slice(0, 40)}`, () => {
    const record = parseKeyRecord(text)
    assert.equal(record.kind, "key")
    assert.deepEqual(record.kind === "key" && [record.type, record.bits], [type, bits])
  })
}

test("reads the flags of a record", () => {
  const record = parseKeyRecord(`t=y:s; p=${spki}`)
  assert.deepEqual(record.kind === "key" && [record.isTesting, record.isStrict], [true, true])
})

test("tells a key that was taken back, and one that is too short (RFC 8301 §3.2)", () => {
  assert.equal(parseKeyRecord("v=DKIM1; p=").kind, "revoked")
  assert.deepEqual(parseKeyRecord(`p=${weak.toString("base64")}`), { kind: "weak", bits: 768 })
})

for (const wrong of [
  "",
  "v=DKIM1",
  "v=DKIM2; p=abcd",
  `p=${spki}; v=DKIM1`,
  `h=sha1; p=${spki}`,
  `s=other; p=${spki}`,
  "p=!!!!",
  "p=AAAA",
  `k=ed25519; p=${spki}`,
  `k=dsa; p=${spki}`,
  `k=rsa; p=${ed25519}`,
  `p=${spki}; p=${spki}`,
  `n=${"x".repeat(5000)}; p=${spki}`,
]) {
  test(`refuses the key record ${wrong.slice(0, 30)}`, () => {
    assert.equal(parseKeyRecord(wrong).kind, "wrong")
  })
}

test("refuses an exponent that is made to cost time", () => {
  const n = Buffer.from(slow.n ?? "", "base64url")
  const e = Buffer.concat([Buffer.from([0x01]), Buffer.alloc(15, 0xff)])
  const integer = (bytes: Buffer) =>
    der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes)
  const key = der(0x30, Buffer.concat([integer(n), integer(e)]))
  const record = parseKeyRecord(`p=${key.toString("base64")}`)
  assert.deepEqual(record, { kind: "wrong", why: "The RSA key is too large." })
})

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

test("keeps what it has read, up to its capacity, and lets the least used go", () => {
  const cache = createKeyCache(2)
  const first = cache.read(`n=1; p=${spki}`)
  cache.read(`n=2; p=${spki}`)
  assert.equal(cache.read(`n=1; p=${spki}`), first)
  cache.read(`n=3; p=${spki}`)
  assert.equal(cache.read(`n=1; p=${spki}`), first)
  const second = cache.read(`n=2; p=${spki}`)
  assert.equal(cache.read(`n=2; p=${spki}`), second)
})
