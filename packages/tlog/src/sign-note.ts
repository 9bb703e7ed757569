/** Signing notes and opening signed ones, with Ed25519 (C2SP signed-note; RFC 8032). */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto"
import { isKeyName, type NoteSignature, parseNote, writeNote } from "./note.ts"
import {
  keyIdInput,
  keyIdOf,
  PUBLIC_KEY_BYTES,
  splitVerifierKey,
  type VerifierKey,
  writeVerifierKey,
} from "./verifier-key.ts"

/** Whoever can sign: the private key stays where it is. */
export interface Signer {
  /** Without spaces and plus signs; the origin of a log signs under its own name. */
  readonly name: string
  /** 32 octets. */
  readonly publicKey: Uint8Array
  /** Ed25519 over exactly these octets: 64 octets. */
  sign(message: Uint8Array): Uint8Array
}

export interface Verifier {
  readonly name: string
  readonly keyId: number
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

export type OpenedNote =
  | { readonly kind: "opened"; readonly text: string; readonly signedBy: readonly Verifier[] }
  | { readonly kind: "refused"; readonly why: "malformed" | "unknown-signers" | "bad-signature" }

/** The verifier key of a signer, as text: this is what one publishes. */
export function verifierKeyOf({ name, publicKey }: Pick<Signer, "name" | "publicKey">): string {
  if (!isKeyName(name)) throw new RangeError("a key's name has no spaces and no plus signs, and is not empty")
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError("a public key has 32 octets")
  return writeVerifierKey({ name, keyId: keyIdFor(name, publicKey), publicKey: Uint8Array.from(publicKey) })
}

/** Reads a verifier key; undefined when it is malformed, of another type, or its ID is not that of the key. */
export function parseVerifierKey(text: string): Verifier | undefined {
  const key = splitVerifierKey(text)
  if (key === undefined || keyIdFor(key.name, key.publicKey) !== key.keyId) return undefined
  return { ...key, key: publicKeyObject(key) }
}

/** `text` must end in a newline. Signatures stand in the order of the signers. */
export function signNote(text: string, ...signers: readonly Signer[]): string {
  const message = new TextEncoder().encode(text)
  const signatures = signers.map((signer): NoteSignature => {
    const { name, publicKey } = signer
    const signature = Uint8Array.from(signer.sign(message))
    return { name, keyId: keyIdFor(name, publicKey), signature }
  })
  return writeNote({ text, signatures })
}

/** The text, if somebody known has signed it. One bad signature under a known key refuses the whole. */
export function openNote(note: string | Uint8Array, verifiers: readonly Verifier[]): OpenedNote {
  const read = parseNote(note)
  if (read.kind === "refused") return { kind: "refused", why: "malformed" }
  const message = new TextEncoder().encode(read.note.text)
  const signedBy: Verifier[] = []
  for (const { name, keyId, signature } of read.note.signatures) {
    // C2SP signed-note, "Signatures": others may have signed too, even under the same name or the same ID.
    const known = verifiers.find(verifier => verifier.name === name && verifier.keyId === keyId)
    if (known === undefined || signedBy.includes(known)) continue
    if (!verify(null, message, known.key, signature)) return { kind: "refused", why: "bad-signature" }
    signedBy.push(known)
  }
  if (signedBy.length === 0) return { kind: "refused", why: "unknown-signers" }
  return { kind: "opened", text: read.note.text, signedBy }
}

function keyIdFor(name: string, publicKey: Uint8Array): number {
  return keyIdOf(createHash("sha256").update(keyIdInput(name, publicKey)).digest())
}

function publicKeyObject({ publicKey }: VerifierKey): KeyObject {
  const x = Buffer.from(publicKey).toString("base64url")
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }) // RFC 8037 §2
}
