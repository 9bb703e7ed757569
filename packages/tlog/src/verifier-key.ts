/**
 * Verifier keys (C2SP signed-note, "Verifier keys"), of the one kind that we use: Ed25519, type 0x01.
 *
 *     vkey   = name "+" 8HEXDIG "+" base64( 0x01 ‖ public key, 32 octets )      hexadecimal digits in lower case
 *     key ID = the first four octets of SHA-256( name ‖ LF ‖ 0x01 ‖ public key )
 *
 * The hash is left to the caller: a browser's is a promise.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { isKeyName } from "./note.ts"

export const PUBLIC_KEY_BYTES = 32
const ed25519 = 0x01 // C2SP signed-note, "Signature types"

export interface VerifierKey {
  readonly name: string
  readonly keyId: number
  /** Ed25519, as RFC 8032 §5.1.5 encodes it. */
  readonly publicKey: Uint8Array<ArrayBuffer>
}

/** Reads the text. The caller has to compare the ID with `keyIdOf` the hash of `keyIdInput`. */
export function splitVerifierKey(text: string): VerifierKey | undefined {
  const [name = "", id = "", ...rest] = text.split("+")
  const octets = fromBase64(rest.join("+")) // base64 itself has plus signs
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id)) return undefined
  if (octets?.length !== 1 + PUBLIC_KEY_BYTES || octets[0] !== ed25519) return undefined
  return { name, keyId: Number.parseInt(id, 16), publicKey: octets.slice(1) }
}

export function writeVerifierKey({ name, keyId, publicKey }: VerifierKey): string {
  const id = keyId.toString(16).padStart(8, "0")
  return `${name}+${id}+${toBase64(Uint8Array.of(ed25519, ...publicKey))}`
}

/** What the key ID is the SHA-256 of. */
export function keyIdInput(name: string, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...new TextEncoder().encode(name), 0x0a, ed25519, ...publicKey)
}

export function keyIdOf(sha256: Uint8Array): number {
  return new DataView(sha256.buffer, sha256.byteOffset, sha256.length).getUint32(0)
}
