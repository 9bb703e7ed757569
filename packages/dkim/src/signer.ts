import { createHash, type KeyObject, sign } from "node:crypto"
import { promisify } from "node:util"
import { createBodyHashes } from "./body-hashes.ts"
import { type Canon, createCanonicalFields, withoutSignature } from "./header-canon.ts"
import { rsaBits } from "./key-record.ts"
import { type SignatureAlgorithm, signedNameLimit, toDnsName } from "./signature.ts"
import { signedField, unsignedField } from "./signature-field.ts"
import { namesToSign } from "./signed-names.ts"
import { signedFields } from "./signed-text.ts"
import type { HeaderField } from "./split-fields.ts"

/**
 * Signing (RFC 6376 §5, RFC 8301, RFC 8463): one pass over the body for all keys, then the fields, then one signature
 * for each key. The signatures stand above the message, and are known only when its body is at its end: so the caller
 * has the message still, or reads it a second time, when it writes it out. Nothing of it is held here.
 *
 * A signer is made once for a domain and kept, since the checks of its keys cost more than a signature by Ed25519.
 */
export interface DkimSigner {
  /** One message. */
  begin(): DkimSigning
}

export interface DkimSigning {
  /** CRLF text after the empty line, cut anywhere. */
  body(chunk: Uint8Array): void
  /**
   * Once, after the body; `fields` as they will be sent. The work of RSA is done on Node's thread pool. Rejects only
   * where a key does not do what keys of its kind do.
   */
  sign(fields: readonly HeaderField[], times: SigningTimes): Promise<Signed>
}

export interface SigningTimes {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Milliseconds from `now` until the signature does not count any more; without it, it always does. */
  readonly validFor?: number
}

export type Signed =
  /** Whole DKIM-Signature fields with their CRLF, US-ASCII, to be put on top; one for each key, in the keys' order. */
  | { readonly kind: "signed"; readonly text: string }
  | { readonly kind: "unsigned"; readonly why: WhyUnsigned }

export type WhyUnsigned =
  /** From is not there, or there more than once, so that readers would differ about who the author is. */
  | "not-one-from"
  /** More fields of the names we sign than a verifier looks at. */
  | "too-many-fields"

export interface SignerOptions {
  /** `d`; U-labels become A-labels. */
  readonly domain: string
  /** One to `mostKeys`, of different selectors; RSA and Ed25519 side by side, say. */
  readonly keys: readonly SigningKey[]
  /** Default: relaxed, which bears what servers on the way do to white space. */
  readonly headerCanon?: Canon
  readonly bodyCanon?: Canon
}

export interface SigningKey {
  readonly selector: string
  /** A private key: Ed25519, or RSA of 2,048 to 8,192 bits. */
  readonly key: KeyObject
}

/** More signatures than these are not looked at by many verifiers, ours among them. */
export const mostKeys = 4
/** RFC 8301 §3.2 asks signers for 2,048 bits. */
const leastRsaBits = 2048

interface ReadyKey {
  readonly selector: string
  readonly key: KeyObject
  readonly algorithm: SignatureAlgorithm
}

/** Throws where a name or a key is of no use. */
export function createDkimSigner(options: SignerOptions): DkimSigner {
  const { headerCanon = "relaxed", bodyCanon = "relaxed" } = options
  const domain = toDnsName(options.domain)
  if (domain === undefined || !domain.includes(".")) throw new Error("the domain to sign for is no name")
  const keys = options.keys.map(readyKey)
  const selectors = new Set(keys.map(({ selector }) => selector))
  if (keys.length === 0 || keys.length > mostKeys || selectors.size < keys.length)
    throw new Error(`a signer has one to ${mostKeys} keys of different selectors`)

  return {
    begin() {
      const hashes = createBodyHashes()
      const hash = hashes.want(bodyCanon, undefined)
      return {
        body: chunk => hashes.update(chunk),
        async sign(fields, { now, validFor }) {
          hashes.finish()
          const canonical = createCanonicalFields(fields)
          if (canonical.named("from").length !== 1) return { kind: "unsigned", why: "not-one-from" }
          const signedNames = namesToSign(canonical)
          if (signedNames.length > signedNameLimit) return { kind: "unsigned", why: "too-many-fields" }
          const covered = signedFields(signedNames, headerCanon, canonical)
          const made = Math.floor(now / 1000)
          const expires = validFor === undefined ? undefined : made + Math.max(1, Math.ceil(validFor / 1000))
          const written = keys.map(async ({ selector, key, algorithm }) => {
            const names = { algorithm, headerCanon, bodyCanon, domain, selector, signedNames }
            const field = unsignedField({ ...names, made, expires, bodyHash: hash.digest() })
            const text = covered + withoutSignature(field, headerCanon)
            return signedField(field, await signText(text, algorithm, key))
          })
          return { kind: "signed", text: (await Promise.all(written)).join("") }
        },
      }
    },
  }
}

function readyKey({ selector: given, key }: SigningKey): ReadyKey {
  const selector = toDnsName(given)
  if (selector === undefined) throw new Error("a selector is no name")
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.type !== "private") throw new Error(`the key of ${selector} is no private key`)
  if (key.asymmetricKeyType === "ed25519") return { selector, key, algorithm: "ed25519-sha256" }
  if (key.asymmetricKeyType !== "rsa" || bits < leastRsaBits || bits > rsaBits.most)
    throw new Error(`the key of ${selector} is neither Ed25519 nor RSA of 2,048 to 8,192 bits`)
  return { selector, key, algorithm: "rsa-sha256" }
}

const signOnPool = promisify<string, Buffer, KeyObject, Buffer>(sign)

/** `text` has one character for each byte. Ed25519 signs the hash, not the text (RFC 8463 §3), and is quick. */
export async function signText(text: string, algorithm: SignatureAlgorithm, key: KeyObject): Promise<Buffer> {
  if (algorithm === "rsa-sha256") return signOnPool("sha256", Buffer.from(text, "latin1"), key)
  return sign(null, createHash("sha256").update(text, "latin1").digest(), key)
}
