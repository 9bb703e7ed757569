/**
 * A leaf of the ledger: what is public of an event. Lines of ASCII, each ended by LF:
 *
 *     letterkeep ledger 1
 *     KIND
 *     sha256 COMMITMENT     64 hex digits: SHA-256(salt ‖ detail), of an event about somebody
 *     place PLACE           64 hex digits: where it stands among those about them (places.ts)
 *
 * or, of an event about nobody, the third line is the last and says `public DETAIL`. Leaves from before events had
 * numbers lack the line of the place.
 *
 * The detail is one line of JSON with its keys in order; the salt is 32 random octets. Detail and salt of somebody's
 * event are sealed to them; without the salt, the commitment says nothing, whatever one guesses of the detail.
 */
import { createHash } from "node:crypto"
import type { AccountId } from "../../store/ids.ts"
import type { LedgerEvent } from "./contract.ts"

export const SALT_BYTES = 32
/** UTF-8. A bundle of C2SP tlog-tiles has 16 bits for an entry's length. */
export const MAX_DETAIL_BYTES = 16 * 1024
const version = "letterkeep ledger 1"

/** What is known of every event besides its own fields. */
export interface Circumstances {
  readonly subject: AccountId | null
  /** Milliseconds since 1970. */
  readonly at: number
  /** The label of the version in effect. (Events of before 0.1.0 have a number.) */
  readonly policyVersion: string
  /** Of what is about somebody: 1 for the first event about them, and so on without a gap. */
  readonly number?: number
  /** Of what is about nobody, and so has no salt: random, so that no two events are one leaf. */
  readonly id?: string
}

/** The detail's octets: what the commitment is over. Throws a RangeError where they are too many. */
export function writeDetail(event: LedgerEvent, { at, ...others }: Circumstances): Buffer {
  const fields = { ...event, ...others, at: new Date(at).toISOString() }
  const detail = Buffer.from(JSON.stringify(inOrder(fields)), "utf8")
  if (detail.length > MAX_DETAIL_BYTES)
    throw new RangeError(`an event of ${detail.length} octets is too long for the ledger`)
  return detail
}

function inOrder(fields: object): object {
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)))
}

export function commitTo(salt: Uint8Array, detail: Uint8Array): Buffer {
  return createHash("sha256").update(salt).update(detail).digest()
}

export type LeafContent =
  | { readonly kind: "sealed"; readonly commitment: Buffer; readonly place: Buffer | undefined }
  | { readonly kind: "public"; readonly detail: Buffer }

export function writeLeaf(eventKind: LedgerEvent["kind"], content: LeafContent): Buffer {
  return Buffer.from(`${version}\n${eventKind}\n${written(content)}\n`, "utf8")
}

function written(content: LeafContent): string {
  if (content.kind === "public") return `public ${content.detail}`
  const commitment = `sha256 ${content.commitment.toString("hex")}`
  return content.place === undefined ? commitment : `${commitment}\nplace ${content.place.toString("hex")}`
}

export interface Leaf {
  readonly eventKind: string
  readonly content: LeafContent
}

/** Undefined where it is no leaf that `writeLeaf` wrote. */
export function parseLeaf(data: Uint8Array): Leaf | undefined {
  const [head, eventKind = "", ...said] = Buffer.from(data).toString("utf8").split("\n")
  if (head !== version || said.pop() !== "" || !/^[a-z-]{1,40}$/.test(eventKind)) return undefined
  const content = parseContent(said)
  return content === undefined ? undefined : { eventKind, content }
}

function parseContent([first = "", second, ...more]: readonly string[]): LeafContent | undefined {
  if (more.length > 0) return undefined
  const commitment = hashAfter("sha256", first)
  if (commitment !== undefined) {
    const place = second === undefined ? undefined : hashAfter("place", second)
    return (place === undefined) === (second === undefined)
      ? { kind: "sealed", commitment, place }
      : undefined
  }
  if (second !== undefined || !first.startsWith("public {")) return undefined
  return { kind: "public", detail: Buffer.from(first.slice("public ".length), "utf8") }
}

function hashAfter(word: string, line: string): Buffer | undefined {
  const [, said, hex] = /^([a-z0-9]+) ([0-9a-f]{64})$/.exec(line) ?? []
  return said === word && hex !== undefined ? Buffer.from(hex, "hex") : undefined
}
