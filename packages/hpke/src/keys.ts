/**
 * X25519 keys (RFC 7748 §6.1) as raw bytes and as kept `KeyObject`s.
 *
 * node:crypto takes and gives X25519 keys in DER, which for this curve is a fixed prefix before the 32 raw
 * bytes (RFC 8410 §4 and §7). Making a `KeyObject` costs more than using one: make it once and keep it.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto"

/** Length of a raw public or private key. */
export const KEY_BYTES = 32

/** Randomness fit for keys. */
export interface Chance {
  bytes(count: number): Buffer
}

export interface KeyPair {
  readonly privateKey: KeyObject
  /** The 32 raw bytes: what goes on the wire and into the key schedule. */
  readonly publicBytes: Buffer
}

// RFC 8410 §4: SubjectPublicKeyInfo with the OID 1.3.101.110.
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex")
// RFC 8410 §7: OneAsymmetricKey, version 0, with the same OID.
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex")

/** Takes 32 raw bytes as a public key. Throws a RangeError at any other length. */
export function publicKeyFromBytes(raw: Uint8Array): KeyObject {
  refuseWrongLength(raw)
  return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: "der", type: "spki" })
}

/** The 32 raw bytes of a public key; of a private key, those of its public half. */
export function publicKeyBytes(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key
  return half.export({ format: "der", type: "spki" }).subarray(publicPrefix.length)
}

/**
 * Takes 32 raw bytes as a private key and derives its public half. The caller still owns `raw` and should
 * zero it; the copy made here is zeroed.
 */
export function keyPairFromPrivateBytes(raw: Uint8Array): KeyPair {
  refuseWrongLength(raw)
  const der = Buffer.concat([privatePrefix, raw])
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  der.fill(0)
  return { privateKey, publicBytes: publicKeyBytes(privateKey) }
}

/** A new key pair. Any 32 random bytes are a private key: RFC 7748 §5 clamps them when they are used. */
export function generateKeyPair(chance: Chance): KeyPair {
  const raw = chance.bytes(KEY_BYTES)
  const pair = keyPairFromPrivateBytes(raw)
  raw.fill(0)
  return pair
}

function refuseWrongLength(raw: Uint8Array): void {
  if (raw.length !== KEY_BYTES)
    throw new RangeError(`an X25519 key has ${KEY_BYTES} bytes, not ${raw.length}`)
}
