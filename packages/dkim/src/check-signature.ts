import { createHash, verify } from "node:crypto"
import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import type { BodyHash, BodyHashes } from "./body-hashes.ts"
import type { CanonicalFields } from "./header-canon.ts"
import type { KeyCache, KeyRecord } from "./key-record.ts"
import type { Signature, SignatureAlgorithm } from "./signature.ts"
import { signedText } from "./signed-text.ts"

/**
 * One signature checked against one message. The key is asked for as soon as the fields are known, while the body
 * still comes in; the costly arithmetic is done last, and only if the body is the one that was signed.
 */
export type DkimResultName = "pass" | "fail" | "neutral" | "policy" | "temperror" | "permerror"

export interface CheckedSignature {
  readonly result: DkimResultName
  /** One English sentence; for a pass too. */
  readonly reason: string
  readonly keyBits?: number
  readonly isTesting?: boolean
}

export interface OngoingCheck {
  /** After `hashes.finish()`. */
  finish(): Promise<CheckedSignature>
}

export interface CheckContext {
  /** Never rejects: what goes wrong is an answer of its own. */
  readonly resolver: Resolver
  readonly keys: KeyCache
  /** Milliseconds since 1970. */
  readonly now: number
}

export function beginCheck(
  signature: Signature,
  ownField: string,
  fields: CanonicalFields,
  hashes: BodyHashes,
  context: CheckContext,
): OngoingCheck {
  const answer = askForKey(signature, context.resolver)
  const hash = hashes.want(signature.bodyCanon, signature.bodyLength)
  return {
    finish: async () => concludeCheck(signature, ownField, fields, hash, await answer, context),
  }
}

export function askForKey(
  of: { selector: string; domain: string },
  resolver: Resolver,
): Promise<DnsAnswer<string>> {
  const answer = resolver.txt(`${of.selector}._domainkey.${of.domain}`)
  // Awaited after the body, or never: until then a rejection must not count as unhandled, which ends the process.
  answer.catch(() => undefined)
  return answer
}

function concludeCheck(
  signature: Signature,
  ownField: string,
  fields: CanonicalFields,
  hash: BodyHash,
  answer: DnsAnswer<string>,
  context: CheckContext,
): CheckedSignature {
  if (signature.expires !== undefined && signature.expires < context.now / 1000) {
    return { result: "fail", reason: "The signature has expired." }
  }
  const found = findKey(answer, signature.algorithm, context.keys)
  if (found.kind === "trouble") return found.outcome
  const { key } = found
  const marks = { keyBits: key.bits, ...(key.isTesting ? { isTesting: true } : {}) }
  // RFC 6376 §3.6.1, flag s
  if (
    key.isStrict &&
    signature.identity.slice(signature.identity.lastIndexOf("@") + 1) !== signature.domain
  ) {
    return { result: "permerror", reason: "The key forbids identities in subdomains.", ...marks }
  }
  const total = hash.total()
  if (signature.bodyLength !== undefined && signature.bodyLength > total) {
    return { result: "fail", reason: "The body is shorter than the part that was signed.", ...marks }
  }
  if (!hash.digest().equals(signature.bodyHash))
    return { result: "fail", reason: "The body was changed after signing.", ...marks }
  const isRight = verifyText(
    signedText(signature, ownField, fields),
    signature.algorithm,
    signature.signature,
    key.key,
  )
  if (!isRight) return { result: "fail", reason: "The header was changed after signing.", ...marks }
  // RFC 6376 §8.2: what follows the signed part may be anybody's, so this server does not take it as signed.
  if (signature.bodyLength !== undefined && signature.bodyLength < total) {
    return {
      result: "policy",
      reason: `Only ${signature.bodyLength} of ${total} bytes of the body were signed.`,
      ...marks,
    }
  }
  // Departs from RFC 6376 §3.6.1: a good signature of a domain in testing counts; a bad one is as none, as all are.
  return { result: "pass", reason: `The signature of ${signature.domain} is good.`, ...marks }
}

type UsableKey = Extract<KeyRecord, { kind: "key" }>

export type FoundKey =
  | { readonly kind: "usable"; readonly key: UsableKey }
  | { readonly kind: "trouble"; readonly outcome: CheckedSignature }

/** RFC 6376 §6.1.2. Of several records the first that is a list of tags with a key counts. */
export function findKey(answer: DnsAnswer<string>, algorithm: SignatureAlgorithm, keys: KeyCache): FoundKey {
  const trouble = (result: DkimResultName, reason: string): FoundKey => ({
    kind: "trouble",
    outcome: { result, reason },
  })
  if (answer.kind === "failed") return trouble("temperror", `The DNS did not give the key (${answer.why}).`)
  const records = (answer.kind === "found" ? answer.records : []).map(text => keys.read(text))
  const record = records.find(each => each.kind !== "wrong") ?? records[0]
  if (record === undefined) return trouble("permerror", "There is no key for the signature.")
  switch (record.kind) {
    case "wrong":
      return trouble("permerror", record.why)
    case "revoked":
      return trouble("permerror", "The key was taken back.")
    case "weak":
      return trouble("policy", `The key has ${record.bits} bits, too few to be safe.`)
    case "key":
      return `${record.type}-sha256` === algorithm
        ? { kind: "usable", key: record }
        : trouble("permerror", "The key is of another kind than the signature.")
  }
}

type PublicKey = UsableKey["key"]

/** `text` has one character for each byte. Ed25519 signs the hash, not the text (RFC 8463 §3). */
export function verifyText(
  text: string,
  algorithm: SignatureAlgorithm,
  signature: Buffer,
  key: PublicKey,
): boolean {
  if (algorithm === "rsa-sha256") return verify("sha256", Buffer.from(text, "latin1"), key, signature)
  return verify(null, createHash("sha256").update(text, "latin1").digest(), key, signature)
}
