/**
 * SCRAM's keys (RFC 5802 §3), with SHA-256 (RFC 7677):
 *
 *     ClientKey = HMAC(SaltedPassword, "Client Key")      who has it can sign in
 *     StoredKey = H(ClientKey)                            who has it can check a proof, and make none
 *     ServerKey = HMAC(SaltedPassword, "Server Key")      who has it can pass for the server
 */
import { createHash, createHmac } from "node:crypto"

export const KEY_BYTES = 32

export interface ScramKeys {
  readonly clientKey: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** `saltedPassword`: PBKDF2-HMAC-SHA-256 of the password, 32 octets. */
export function scramKeys(saltedPassword: Uint8Array): ScramKeys {
  const clientKey = hmac(saltedPassword, "Client Key")
  return { clientKey, storedKey: storedKeyOf(clientKey), serverKey: hmac(saltedPassword, "Server Key") }
}

export function storedKeyOf(clientKey: Uint8Array): Buffer {
  return createHash("sha256").update(clientKey).digest()
}

export function hmac(key: Uint8Array, value: string | Uint8Array): Buffer {
  return createHmac("sha256", key).update(value).digest()
}
