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
import type { ProvenEvent } from "../../../server/src/privacy/ledger/proof-file.ts"
import { fieldsOf, isCount, isText, type ProofHead, parseJson } from "./read-proof-file.ts"

/** The head of a file whose signature holds. */
export interface SignedHead {
  readonly kind: "signed"
  readonly checkpoint: Checkpoint
  readonly key: KeyVerdict
}

/** Nothing that the file says is signed. */
export interface Refused {
  readonly kind: "refused"
  readonly why: Refusal
}

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

/** `knownKey`: the server's verifier key as the page has it; empty where it has none. */
export async function checkHead(head: ProofHead, knownKey: string): Promise<SignedHead | Refused> {
  const key = splitVerifierKey(head.verifierKey)
  if (key === undefined) return { kind: "refused", why: "bad-key" }
  if (keyIdOf(await sha256(keyIdInput(key.name, key.publicKey))) !== key.keyId)
    return { kind: "refused", why: "bad-key" }
  if (knownKey !== "" && knownKey !== head.verifierKey) return { kind: "refused", why: "other-key" }
  const checkpoint = await openCheckpoint(head, key)
  if (typeof checkpoint === "string") return { kind: "refused", why: checkpoint }
  return { kind: "signed", checkpoint, key: knownKey === "" ? "as-the-file-says" : "known" }
}

export interface EventChecker {
  /** Verdicts of these, which follow those that it was given before. */
  check(events: readonly ProvenEvent[]): Promise<readonly EventVerdict[]>
  /** Of one that was given before, and was read again: by itself. */
  checkAgain(event: ProvenEvent): Promise<EventVerdict>
  /** Events about the person that were written before the newest of these and are not among them. */
  lacking(): number
}

/** Events that are checked side by side: a browser hashes on threads of its own. */
const atOnce = 64

/** For the events of one file, in their order. */
export function createEventChecker(signed: Checkpoint): EventChecker {
  let before: ProvenEvent | undefined
  let subject: string | undefined
  // The events about one account are numbered 1, 2, 3, … without a gap.
  const numbers = { newest: 0, seen: 0 }
  const verdictOf = (why: EventFault | undefined): EventVerdict =>
    why === undefined ? { kind: "proven" } : { kind: "wrong", why }

  return {
    async check(events) {
      const verdicts: EventVerdict[] = []
      while (verdicts.length < events.length) {
        const some = events.slice(verdicts.length, verdicts.length + atOnce)
        const faults = some.map((event, at) => {
          const previous = at === 0 ? before : some[at - 1]
          if (previous === undefined) subject = subjectOf(event)
          if (previous !== undefined && event.leaf <= previous.leaf) return "order" as const
          return faultOf(event, subject, signed)
        })
        const found = (await Promise.all(faults)).map(verdictOf)
        some.forEach((event, at) => {
          const number = found[at]?.kind === "proven" ? numberOf(event) : undefined
          if (number === undefined) return
          numbers.newest = Math.max(numbers.newest, number)
          numbers.seen += 1
        })
        verdicts.push(...found)
        before = some.at(-1)
      }
      return verdicts
    },
    checkAgain: async event => verdictOf(await faultOf(event, subject, signed)),
    lacking: () => Math.max(0, numbers.newest - numbers.seen),
  }
}

async function openCheckpoint(head: ProofHead, key: VerifierKey): Promise<Checkpoint | Refusal> {
  const read = parseNote(head.checkpoint)
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
  return checkpoint.origin === head.origin && key.name === head.origin ? checkpoint : "other-origin"
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
  subject: string | undefined,
  signed: Checkpoint,
): Promise<EventFault | undefined> {
  if (!(await isCommitted(event))) return "commitment"
  if (subject === undefined || subjectOf(event) !== subject) return "subject"
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

/** Undefined in events of before 0.1.0. */
function numberOf({ detail }: ProvenEvent): number | undefined {
  const number = fieldsOf(parseJson(detail))?.get("number")
  return isCount(number) ? number : undefined
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
