import { createPublicKey, type KeyObject } from "node:crypto"
import { parseBase64, parseColonList, parseTagList } from "./tag-list.ts"

/**
 * Key records (RFC 6376 §3.6.1, RFC 8463 §4) and the keys in them. Making a `KeyObject` costs more than a signature's
 * check, so each record's text is read once and kept.
 */
export type KeyRecord =
  | {
      readonly kind: "key"
      readonly key: KeyObject
      readonly type: "rsa" | "ed25519"
      readonly bits: number
      /** `t=y`: the domain is trying DKIM out. */
      readonly isTesting: boolean
      /** `t=s`: `i` must be in the very domain of `d`. */
      readonly isStrict: boolean
    }
  /** `p` is empty: the key was taken back. */
  | { readonly kind: "revoked" }
  | { readonly kind: "weak"; readonly bits: number }
  | { readonly kind: "wrong"; readonly why: string }

export interface KeyCache {
  read(text: string): KeyRecord
}

/** RFC 8301 §3.2: shorter RSA keys must not be taken as valid; longer ones than 8192 bits cost too much to be asked of us. */
export const rsaBits = { least: 1024, most: 8192 } as const

/** An exponent beyond this is made to cost time: every key generator in use takes 65537 or less. */
const exponentLimit = 2n ** 32n

/** Characters of the longest record that is read: an RSA key of 8192 bits takes 1,400. */
const recordLimit = 4096

/** Bounded: the record used least recently goes first. */
export function createKeyCache(capacity = 2000): KeyCache {
  const kept = new Map<string, KeyRecord>()
  return {
    read(text) {
      const known = kept.get(text)
      if (known !== undefined) {
        kept.delete(text)
        kept.set(text, known)
        return known
      }
      const record = parseKeyRecord(text)
      if (text.length > recordLimit) return record
      kept.set(text, record)
      if (kept.size > capacity) {
        const [oldest] = kept.keys()
        if (oldest !== undefined) kept.delete(oldest)
      }
      return record
    },
  }
}

export function parseKeyRecord(text: string): KeyRecord {
  const tags = text.length > recordLimit ? undefined : parseTagList(text)
  if (tags === undefined) return { kind: "wrong", why: "The key record is not a list of tags." }
  // RFC 6376 §3.6.1: a version, if there is one, comes first and is DKIM1.
  if (tags.has("v") && (tags.get("v") !== "DKIM1" || tags.keys().next().value !== "v")) {
    return { kind: "wrong", why: "The key record has another version." }
  }
  const hashes = parseColonList(tags.get("h") ?? "sha256").map(name => name.toLowerCase())
  if (!hashes.includes("sha256")) return { kind: "wrong", why: "The key is not for SHA-256." }
  const services = parseColonList(tags.get("s") ?? "*").map(name => name.toLowerCase())
  if (!services.includes("*") && !services.includes("email"))
    return { kind: "wrong", why: "The key is not for mail." }
  const p = tags.get("p")
  if (p === undefined) return { kind: "wrong", why: "The key record has no key." }
  if (p === "") return { kind: "revoked" }
  const bytes = parseBase64(p)
  const type = (tags.get("k") ?? "rsa").toLowerCase()
  if (bytes === undefined || (type !== "rsa" && type !== "ed25519")) {
    return { kind: "wrong", why: "The key is of an unknown kind." }
  }
  const flags = parseColonList(tags.get("t") ?? "")
  const marks = { isTesting: flags.includes("y"), isStrict: flags.includes("s") }
  return type === "rsa" ? readRsaKey(bytes, marks) : readEd25519Key(bytes, marks)
}

type Marks = { readonly isTesting: boolean; readonly isStrict: boolean }

function readRsaKey(bytes: Buffer, marks: Marks): KeyRecord {
  // RFC 6376 §3.6.1 says RSAPublicKey and its examples carry SubjectPublicKeyInfo; both are in use.
  const key = importDer(bytes, "spki") ?? importDer(bytes, "pkcs1")
  if (key === undefined || key.asymmetricKeyType !== "rsa")
    return { kind: "wrong", why: "The key is not an RSA key." }
  const { modulusLength: bits = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (bits < rsaBits.least) return { kind: "weak", bits }
  if (bits > rsaBits.most || publicExponent > exponentLimit)
    return { kind: "wrong", why: "The RSA key is too large." }
  return { kind: "key", key, type: "rsa", bits, ...marks }
}

/** RFC 8463 §4.2: the bare 32 bytes. */
function readEd25519Key(bytes: Buffer, marks: Marks): KeyRecord {
  if (bytes.length !== 32) return { kind: "wrong", why: "The key is not an Ed25519 key." }
  const jwk = { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") }
  return {
    kind: "key",
    key: createPublicKey({ key: jwk, format: "jwk" }),
    type: "ed25519",
    bits: 256,
    ...marks,
  }
}

/** `undefined` for bytes that are no key: node:crypto says so by throwing. */
function importDer(key: Buffer, type: "spki" | "pkcs1"): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "der", type })
  } catch {
    return undefined
  }
}
