/**
 * The key that signs the ledger's checkpoints: Ed25519 (RFC 8032), its 32 bytes of seed in the key file, so that all
 * nodes sign with one key and who can only write to the database can sign nothing.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto"

/** What the rest of the program may have of it. */
export interface LedgerKey {
  /** 32 bytes. */
  readonly publicKey: Buffer
  /** 64 bytes over `message`. */
  sign(message: Uint8Array): Buffer
}

/** RFC 8410 §7: OneAsymmetricKey with the algorithm id-Ed25519, up to the seed. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex")
const PUBLIC_KEY_BYTES = 32

/** `seed`: 32 bytes, base64. */
export function openLedgerKey(seed: string): LedgerKey {
  const der = Buffer.concat([pkcs8Head, Buffer.from(seed, "base64")])
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  der.fill(0)
  const spki = createPublicKey(key).export({ format: "der", type: "spki" })
  return {
    // RFC 8410 §4: the key is what the BIT STRING at the end holds.
    publicKey: spki.subarray(-PUBLIC_KEY_BYTES),
    sign: message => sign(null, message, key),
  }
}
