import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto"
import { promisify } from "node:util"
import { createKeyCache } from "@letterkeep/dkim"
import type { DnsAnswer } from "@letterkeep/dns"

/**
 * The two kinds of keys that mail is signed with, made here, and their records in the DNS (RFC 6376 §3.6.1,
 * RFC 8463 §4). Both sign each message: every verifier knows RSA, and Ed25519 is there for those that know it.
 */
export const keyAlgorithms = ["rsa", "ed25519"] as const
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

export interface KeyPair {
  readonly algorithm: KeyAlgorithm
  readonly privateKey: KeyObject
  /** What stands behind `p=`: base64. */
  readonly publicKey: string
}

/** RFC 8301 §3.2: a longer one would not fit into an answer of the DNS over UDP. */
const rsaBits = 2048
const make = promisify(generateKeyPair)

/** RSA takes a tenth of a second or more of a core: it is made on the thread pool. */
export async function makeKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  const { privateKey } =
    algorithm === "rsa" ? await make("rsa", { modulusLength: rsaBits }) : await make("ed25519", undefined)
  return { algorithm, privateKey, publicKey: publicText(algorithm, createPublicKey(privateKey)) }
}

function publicText(algorithm: KeyAlgorithm, key: KeyObject): string {
  if (algorithm === "rsa") return key.export({ type: "spki", format: "der" }).toString("base64")
  // RFC 8463 §4.2: the bare 32 octets.
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")
}

/** RFC 6376 §3.6.2.1. */
export function recordName(domain: string, selector: string): string {
  return `${selector}._domainkey.${domain}`
}

export function recordText({ algorithm, publicKey }: Pick<KeyPair, "algorithm" | "publicKey">): string {
  return `v=DKIM1; k=${algorithm}; p=${publicKey}`
}

/** What is published at a key's name, beside the key itself. */
export type RecordSeen =
  | "there"
  | "absent"
  /** More records than one: whoever looks may take either (RFC 6376 §3.6.2.2). */
  | "several"
  /** Another key, an empty one, or no record of a key at all. */
  | "other"
  /** The DNS did not answer. */
  | "unknown"

export function seenRecord(
  key: Pick<KeyPair, "algorithm" | "publicKey">,
  answer: DnsAnswer<string>,
): RecordSeen {
  if (answer.kind === "failed") return "unknown"
  if (answer.kind === "nothing" || answer.records.length === 0) return "absent"
  const [text = ""] = answer.records
  if (answer.records.length > 1) return "several"
  const cache = createKeyCache(2)
  const ours = cache.read(recordText(key))
  const found = cache.read(text)
  return ours.kind === "key" && found.kind === "key" && found.key.equals(ours.key) ? "there" : "other"
}
