/**
 * HPKE in base mode, one message a context (RFC 9180 §6.1): `SealBase` and `OpenBase` with
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-GCM.
 *
 * Promise: what `sealBase` made, only the holder of the private key opens, and only with the same `info` and
 * associated data. It says nothing of who sealed it: base mode has no sender. Sealed form: the encapsulated
 * key (32 bytes), the cipher text, the tag (16 bytes).
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto"
import { decapsulate, encapsulate } from "./kem.ts"
import { type Aead, scheduleKey } from "./key-schedule.ts"
import { type Chance, generateKeyPair, KEY_BYTES, type KeyPair, publicKeyBytes } from "./keys.ts"

const TAG_BYTES = 16
/** How much longer the sealed form is than the plain one. */
export const OVERHEAD_BYTES = KEY_BYTES + TAG_BYTES

/** What was sealed cannot be opened: wrong key, wrong `info` or associated data, or altered bytes. */
export class HpkeError extends Error {
  override readonly name = "HpkeError"
  readonly temporary = false
}

export interface SealBase {
  readonly recipient: KeyObject
  /** A fresh key pair for this one message, or where to take one from. */
  readonly ephemeral: KeyPair | Chance
  readonly info: Uint8Array
  readonly associatedData: Uint8Array
  /** AES-256-GCM when not said. */
  readonly aead?: Aead
}

/** Seals `plain` to `recipient`. Costs two X25519 operations: not for every message of a stream. */
export function sealBase(how: SealBase, plain: Uint8Array): Buffer {
  const ephemeral = "bytes" in how.ephemeral ? generateKeyPair(how.ephemeral) : how.ephemeral
  const shared = encapsulate(ephemeral, how.recipient, publicKeyBytes(how.recipient))
  const aead = how.aead ?? "aes-256-gcm"
  const { key, nonce } = scheduleKey(aead, shared, how.info)
  const cipher = createCipheriv(aead, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(how.associatedData)
  const body = cipher.update(plain)
  cipher.final()
  return Buffer.concat([ephemeral.publicBytes, body, cipher.getAuthTag()])
}

export interface OpenBase {
  readonly recipient: KeyPair
  readonly info: Uint8Array
  readonly associatedData: Uint8Array
  readonly aead?: Aead
}

/** Opens what `sealBase` made. Throws an HpkeError that says nothing about which part was wrong. */
export function openBase(how: OpenBase, sealed: Uint8Array): Buffer {
  if (sealed.length < OVERHEAD_BYTES) throw new HpkeError("too short to be a sealed message")
  try {
    const shared = decapsulate(sealed.subarray(0, KEY_BYTES), how.recipient)
    const aead = how.aead ?? "aes-256-gcm"
    const { key, nonce } = scheduleKey(aead, shared, how.info)
    const decipher = createDecipheriv(aead, key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(how.associatedData)
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    const plain = decipher.update(sealed.subarray(KEY_BYTES, sealed.length - TAG_BYTES))
    decipher.final()
    return plain
  } catch (cause) {
    throw new HpkeError("the sealed message cannot be opened with this key", { cause })
  }
}
