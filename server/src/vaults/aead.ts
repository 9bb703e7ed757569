/**
 * AES-256-GCM with a random 96-bit nonce: `nonce(12) || cipher text || tag(16)`.
 *
 * Keys are kept KeyObjects: with a Buffer as key a call costs three times as much. Random nonces allow
 * 2^32 uses of a key (NIST SP 800-38D §8.3); whoever holds a key keeps far below.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import { VaultError } from "./vault-error.ts"

export const AES_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** How much longer the sealed form is. */
export const SEAL_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES

export type SealedParts = readonly [nonce: Buffer, body: Buffer, tag: Buffer]

export function sealPartsUnder(
  key: KeyObject,
  bound: Uint8Array,
  plain: Uint8Array,
  chance: Chance,
): SealedParts {
  const nonce = chance.bytes(NONCE_BYTES)
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bound)
  const body = cipher.update(plain)
  cipher.final()
  return [nonce, body, cipher.getAuthTag()]
}

export function sealUnder(key: KeyObject, bound: Uint8Array, plain: Uint8Array, chance: Chance): Buffer {
  return Buffer.concat(sealPartsUnder(key, bound, plain, chance))
}

/** Throws a VaultError when the key, the bound values or a byte is not what it was. */
export function openUnder(key: KeyObject, bound: Uint8Array, sealed: Uint8Array): Buffer {
  const end = sealed.length - TAG_BYTES
  if (end < NONCE_BYTES) throw new VaultError("too-short", "too short to be a sealed thing")
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, end))
  try {
    decipher.final()
  } catch (cause) {
    plain.fill(0)
    throw new VaultError("not-authentic", "sealed under another key, for another place, or altered", {
      cause,
    })
  }
  return plain
}

/** Takes over `raw`: it is zeroed. */
export function keepKey(raw: Buffer): KeyObject {
  if (raw.length !== AES_KEY_BYTES)
    throw new RangeError(`a key has ${AES_KEY_BYTES} bytes, not ${raw.length}`)
  const key = createSecretKey(raw)
  raw.fill(0)
  return key
}
