import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"
import {
  generateKeyPair,
  HpkeError,
  keyPairFromPrivateBytes,
  OVERHEAD_BYTES,
  openBase,
  publicKeyFromBytes,
  sealBase,
} from "./index.ts"

const chance = { bytes: (count: number) => randomBytes(count) }
const hex = (text: string) => Buffer.from(text, "hex")
const recipient = generateKeyPair(chance)
const recipientKey = publicKeyFromBytes(recipient.publicBytes)
const info = Buffer.from("info")
const associatedData = Buffer.from("associated data")

// RFC 9180 Appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0.
const vector = {
  info: hex("4f6465206f6e2061204772656369616e2055726e"),
  skEm: hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
  pkEm: hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
  skRm: hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"),
  pkRm: hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
  aad: hex("436f756e742d30"),
  pt: hex("4265617574792069732074727574682c20747275746820626561757479"),
  ct: hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"),
}

test("seals and opens the first message of RFC 9180 Appendix A.1.1", () => {
  const ephemeral = keyPairFromPrivateBytes(vector.skEm)
  assert.deepEqual(ephemeral.publicBytes, vector.pkEm)
  const how = { info: vector.info, associatedData: vector.aad, aead: "aes-128-gcm" } as const
  const sealed = sealBase({ ...how, ephemeral, recipient: publicKeyFromBytes(vector.pkRm) }, vector.pt)
  assert.deepEqual(sealed, Buffer.concat([vector.pkEm, vector.ct]))
  const opened = openBase({ ...how, recipient: keyPairFromPrivateBytes(vector.skRm) }, sealed)
  assert.deepEqual(opened, vector.pt)
})

test("speaks AES-256-GCM with an independent implementation, both ways", async () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  })
  for (const size of [0, 1, 32, 1000]) {
    const plain = randomBytes(size)
    const theirs = await suite.kem.generateKeyPair()
    const theirPublic = Buffer.from(await suite.kem.serializePublicKey(theirs.publicKey))
    const sealed = sealBase(
      { recipient: publicKeyFromBytes(theirPublic), ephemeral: chance, info, associatedData },
      plain,
    )
    const context = await suite.createRecipientContext({
      recipientKey: theirs.privateKey,
      enc: bytes(sealed.subarray(0, 32)),
      info: bytes(info),
    })
    const opened = await context.open(bytes(sealed.subarray(32)), bytes(associatedData))
    assert.deepEqual(Buffer.from(opened), plain)

    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(bytes(recipient.publicBytes)),
      info: bytes(info),
    })
    const ct = await sender.seal(bytes(plain), bytes(associatedData))
    const back = openBase(
      { recipient, info, associatedData },
      Buffer.concat([Buffer.from(sender.enc), Buffer.from(ct)]),
    )
    assert.deepEqual(back, plain)
  }
})

test("opens nothing with another key, info or associated data", () => {
  const sealed = sealBase(
    { recipient: recipientKey, ephemeral: chance, info, associatedData },
    Buffer.from("x"),
  )
  const other = Buffer.from("other")
  assert.throws(
    () => openBase({ recipient: generateKeyPair(chance), info, associatedData }, sealed),
    HpkeError,
  )
  assert.throws(() => openBase({ recipient, info: other, associatedData }, sealed), HpkeError)
  assert.throws(() => openBase({ recipient, info, associatedData: other }, sealed), HpkeError)
})

test("refuses every altered bit and every shortened form", () => {
  const sealed = sealBase(
    { recipient: recipientKey, ephemeral: chance, info, associatedData },
    Buffer.from("abc"),
  )
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
    assert.throws(() => openBase({ recipient, info, associatedData }, altered), HpkeError)
    assert.throws(() => openBase({ recipient, info, associatedData }, sealed.subarray(0, at)), HpkeError)
  }
})

test("takes a fresh ephemeral key for every message", () => {
  const how = { recipient: recipientKey, ephemeral: chance, info, associatedData }
  const first = sealBase(how, Buffer.from("same"))
  const second = sealBase(how, Buffer.from("same"))
  assert.notDeepEqual(first.subarray(0, 32), second.subarray(0, 32))
  assert.equal(first.length, 4 + OVERHEAD_BYTES)
})

test("refuses points of small order", () => {
  // RFC 7748 §7: the all-zero result must be caught. 0 and 1 are points of order 2 and 4 of the curve.
  for (const low of [Buffer.alloc(32), Buffer.concat([Buffer.of(1), Buffer.alloc(31)])]) {
    assert.throws(() =>
      sealBase(
        { recipient: publicKeyFromBytes(low), ephemeral: chance, info, associatedData },
        Buffer.from("x"),
      ),
    )
    const sealed = Buffer.concat([low, Buffer.alloc(20)])
    assert.throws(() => openBase({ recipient, info, associatedData }, sealed), HpkeError)
  }
})

test("refuses keys that are not 32 bytes", () => {
  assert.throws(() => publicKeyFromBytes(Buffer.alloc(31)), RangeError)
  assert.throws(() => keyPairFromPrivateBytes(Buffer.alloc(33)), RangeError)
})

function bytes(buffer: Uint8Array): ArrayBuffer {
  return Uint8Array.from(buffer).buffer
}
