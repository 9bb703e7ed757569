/**
 * DHKEM(X25519, HKDF-SHA256): RFC 9180 §4.1, KEM id 0x0020 of §7.1.
 *
 * Encap makes a shared secret and its encapsulation for a recipient; Decap finds the same secret with the
 * recipient's private key. Two X25519 operations on the sender's side (one makes the ephemeral key), one on
 * the recipient's.
 */
import { diffieHellman, type KeyObject } from "node:crypto"
import { type KeyPair, publicKeyFromBytes } from "./keys.ts"
import { labeledExpand, labeledExtract } from "./labeled-kdf.ts"

export const KEM_ID = 0x0020

const suiteId = Buffer.from([0x4b, 0x45, 0x4d, KEM_ID >> 8, KEM_ID & 0xff]) // "KEM" || I2OSP(kem_id, 2)
const noSalt = Buffer.alloc(0)

/**
 * The shared secret, 32 bytes, between `ephemeral` and the recipient. `ephemeral.publicBytes` is the
 * encapsulated key that travels; it must serve one message only.
 */
export function encapsulate(ephemeral: KeyPair, recipient: KeyObject, recipientBytes: Uint8Array): Buffer {
  const shared = agree(ephemeral.privateKey, recipient)
  return extractAndExpand(shared, ephemeral.publicBytes, recipientBytes)
}

/** The same shared secret, found by the recipient. Throws when `encapsulated` is not a usable key. */
export function decapsulate(encapsulated: Uint8Array, recipient: KeyPair): Buffer {
  const shared = agree(recipient.privateKey, publicKeyFromBytes(encapsulated))
  return extractAndExpand(shared, encapsulated, recipient.publicBytes)
}

function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const shared = diffieHellman({ privateKey, publicKey })
  // RFC 9180 §7.1.4: an all-zero result means a point of small order. OpenSSL refuses it by itself; we do
  // not lean on that.
  let seen = 0
  for (const byte of shared) seen |= byte
  if (seen === 0) throw new RangeError("the public key is a point of small order")
  return shared
}

function extractAndExpand(shared: Buffer, encapsulated: Uint8Array, recipientBytes: Uint8Array): Buffer {
  const prk = labeledExtract(suiteId, noSalt, "eae_prk", shared)
  shared.fill(0)
  return labeledExpand(suiteId, prk, "shared_secret", Buffer.concat([encapsulated, recipientBytes]), 32)
}
