/**
 * Checks a proof file, with the browser's own cryptography (WebCrypto) and without anybody's help: the checkpoint's
 * signature, and of each event that its detail is what its leaf commits to, and that the leaf is in the tree whose
 * root was signed.
 */
import {
  type Checkpoint,
  fromBase64,
  inclusionSides,
  keyIdInput,
  keyIdOf,
  parseCheckpoint,
  parseNote,
  splitVerifierKey,
  type VerifierKey,
} from "@letterkeep/tlog/portable"
import type { ProofFile, ProvenEvent } from "../../../server/src/privacy/ledger/proof-file.ts"
import { fieldsOf, isText, parseJson } from "./read-proof-file.ts"

export type FileVerdict =
  | {
      readonly kind: "holds"
      readonly size: number
      readonly key: KeyVerdict
      readonly events: readonly EventVerdict[]
    }
  /** Nothing that the file says is signed. */
  | { readonly kind: "refused"; readonly why: Refusal }

export type Refusal =
  /** The file has a key that is none, or whose number is not its own. */
  | "bad-key"
  /** The file is signed, but not by the server whose page this is. */
  | "other-key"
  | "bad-note"
  | "not-signed"
  | "bad-signature"
  | "not-a-checkpoint"
  | "other-origin"
  /** This browser knows no Ed25519 or no WebCrypto. */
  | "browser-too-old"

/** Whether the page knew the key beforehand, or has only the file's word for it. */
export type KeyVerdict = "known" | "as-the-file-says"

export type EventVerdict = { readonly kind: "proven" } | { readonly kind: "wrong"; readonly why: EventFault }

export type EventFault =
  /** Salt and detail do not make the commitment that the leaf has. */
  | "commitment"
  /** The leaf does not lead to the signed root. */
  | "inclusion"
  /** An event is listed twice or out of order. */
  | "order"
  /** The event is about another account than the first. */
  | "subject"

/** Events that are checked side by side: a browser hashes on threads of its own. */
const atOnce = 64

/**
 * `knownKey`: the server's verifier key as the page has it; empty where it has none. `onChecked` hears how many events
 * are done.
 */
export async function checkProof(
  file: ProofFile,
  knownKey: string,
  onChecked: (done: number) => void = () => undefined,
): Promise<FileVerdict> {
  const key = splitVerifierKey(file.verifierKey)
  if (key === undefined) return { kind: "refused", why: "bad-key" }
  if (keyIdOf(await sha256(keyIdInput(key.name, key.publicKey))) !== key.keyId)
    return { kind: "refused", why: "bad-key" }
  if (knownKey !== "" && knownKey !== file.verifierKey) return { kind: "refused", why: "other-key" }
  const signed = await openCheckpoint(file, key)
  if (typeof signed === "string") return { kind: "refused", why: signed }
  const events: EventVerdict[] = []
  while (events.length < file.events.length) {
    const from = events.length
    const faults = file.events
      .slice(from, from + atOnce)
      .map((event, at) => faultOf(event, file.events[from + at - 1], file.events[0], signed))
    for (const why of await Promise.all(faults))
      events.push(why === undefined ? { kind: "proven" } : { kind: "wrong", why })
    onChecked(events.length)
  }
  return { kind: "holds", size: signed.size, key: knownKey === "" ? "as-the-file-says" : "known", events }
}

async function openCheckpoint(file: ProofFile, key: VerifierKey): Promise<Checkpoint | Refusal> {
  const read = parseNote(file.checkpoint)
  if (read.kind === "refused") return "bad-note"
  const { text, signatures } = read.note
  const own = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId)
  if (own === undefined) return "not-signed"
  const verifier = await importKey(key)
  if (verifier === undefined) return "browser-too-old"
  const message = new TextEncoder().encode(text)
  if (!(await crypto.subtle.verify("Ed25519", verifier, own.signature, message))) return "bad-signature"
  const checkpoint = parseCheckpoint(text)
  if (checkpoint === undefined) return "not-a-checkpoint"
  return checkpoint.origin === file.origin && key.name === file.origin ? checkpoint : "other-origin"
}

async function importKey({ publicKey }: VerifierKey): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"])
  } catch {
    return undefined // a browser from before 2024 or so does not know the algorithm; the reader is told
  }
}

async function faultOf(
  event: ProvenEvent,
  before: ProvenEvent | undefined,
  first: ProvenEvent | undefined,
  signed: Checkpoint,
): Promise<EventFault | undefined> {
  if (before !== undefined && event.leaf <= before.leaf) return "order"
  if (!(await isCommitted(event))) return "commitment"
  if (subjectOf(event) === undefined || (first && subjectOf(event) !== subjectOf(first))) return "subject"
  return (await isIncluded(event, signed)) ? undefined : "inclusion"
}

/** The leaf is exactly the one that the server writes for this kind, this detail and this salt. */
async function isCommitted({ data, detail, salt }: ProvenEvent): Promise<boolean> {
  const saltBytes = fromBase64(salt)
  const kind = fieldsOf(parseJson(detail))?.get("kind")
  if (saltBytes?.length !== 32 || !isText(kind)) return false
  const commitment = await sha256(joined(saltBytes, new TextEncoder().encode(detail)))
  const leaf = `letterkeep ledger 1\n${kind}\nsha256 ${toHex(commitment)}\n`
  return data.startsWith(leaf) && /^(place [0-9a-f]{64}\n)?$/.test(data.slice(leaf.length))
}

async function isIncluded(event: ProvenEvent, { size, root }: Checkpoint): Promise<boolean> {
  const sides = inclusionSides(event.leaf, size)
  const path = event.path.map(fromBase64)
  if (sides === undefined || sides.length !== path.length) return false
  // RFC 6962 §2.1: 0x00 before a leaf, 0x01 before two nodes
  let hash = await sha256(joined(Uint8Array.of(0), new TextEncoder().encode(event.data)))
  for (const [at, sibling] of path.entries()) {
    if (sibling?.length !== 32) return false
    const pair = sides[at] === "left" ? joined(sibling, hash) : joined(hash, sibling)
    hash = await sha256(joined(Uint8Array.of(1), pair))
  }
  return toHex(hash) === toHex(root)
}

function subjectOf({ detail }: ProvenEvent): string | undefined {
  const subject = fieldsOf(parseJson(detail))?.get("subject")
  return subject === undefined || subject === null ? undefined : String(subject)
}

async function sha256(octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", octets))
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

const toHex = (octets: Uint8Array): string =>
  [...octets].map(octet => octet.toString(16).padStart(2, "0")).join("")
