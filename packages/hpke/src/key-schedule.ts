/**
 * The key schedule of base mode (RFC 9180 §5.1): from a shared secret and `info` to the AEAD's key and nonce.
 *
 * Base mode has an empty pre-shared key, so the hash of its id is a constant of the suite. A single-shot
 * message is the first of its context: its nonce is the base nonce itself (§5.2, sequence number 0).
 */
import { createSecretKey, type KeyObject } from "node:crypto"
import { KEM_ID } from "./kem.ts"
import { labeledExpand, labeledExtract } from "./labeled-kdf.ts"

/** The AEADs of RFC 9180 §7.3 that we speak. */
export type Aead = "aes-128-gcm" | "aes-256-gcm"

const KDF_ID = 0x0001 // HKDF-SHA256
const MODE_BASE = 0x00
const NONCE_BYTES = 12
const nothing = Buffer.alloc(0)

interface Suite {
  readonly suiteId: Buffer
  readonly keyBytes: number
  readonly pskIdHash: Buffer
}

const suites: { readonly [A in Aead]: Suite } = {
  "aes-128-gcm": makeSuite(0x0001, 16),
  "aes-256-gcm": makeSuite(0x0002, 32),
}

function makeSuite(aeadId: number, keyBytes: number): Suite {
  const suiteId = Buffer.alloc(10)
  suiteId.write("HPKE", "latin1")
  suiteId.writeUInt16BE(KEM_ID, 4)
  suiteId.writeUInt16BE(KDF_ID, 6)
  suiteId.writeUInt16BE(aeadId, 8)
  return { suiteId, keyBytes, pskIdHash: labeledExtract(suiteId, nothing, "psk_id_hash", nothing) }
}

export interface MessageKey {
  readonly key: KeyObject
  readonly nonce: Buffer
}

/** `shared` is zeroed. */
export function scheduleKey(aead: Aead, shared: Buffer, info: Uint8Array): MessageKey {
  const { suiteId, keyBytes, pskIdHash } = suites[aead]
  const infoHash = labeledExtract(suiteId, nothing, "info_hash", info)
  const context = Buffer.concat([Uint8Array.of(MODE_BASE), pskIdHash, infoHash])
  const secret = labeledExtract(suiteId, shared, "secret", nothing)
  shared.fill(0)
  const raw = labeledExpand(suiteId, secret, "key", context, keyBytes)
  const key = createSecretKey(raw)
  raw.fill(0)
  const nonce = labeledExpand(suiteId, secret, "base_nonce", context, NONCE_BYTES)
  secret.fill(0)
  return { key, nonce }
}
