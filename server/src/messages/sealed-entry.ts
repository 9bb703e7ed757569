/**
 * How an entry is sealed: as one piece, or, where its text is long, as two, so that a list reads and opens the head
 * alone. An entry opens only beside the body that it describes: whoever swaps bodies in the database is noticed.
 *
 *   data = piece / (head-piece text-piece)       ; idx_entry.head_bytes says where the second begins, null: there is none
 */
import type { KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import type { AccountId, EmailId } from "../store/ids.ts"
import { openSealed, type SealedThing, type SealKey, sealParts } from "../vaults/seal.ts"
import { headOctetsOf } from "./entry.ts"

/** Octets of text from which on it is a piece of its own: a second piece costs as much as to open some of these. */
const ownPiece = 4096

export interface EntryPlace {
  readonly account: AccountId
  readonly email: EmailId
  readonly body: Buffer
}

export interface EntryPieces {
  /** `data`, in parts that follow one another. */
  readonly parts: readonly Uint8Array[]
  readonly headBytes: number | undefined
}

/** `entry`: as entry.ts writes it. */
export function sealEntry(key: SealKey, place: EntryPlace, entry: Buffer, chance: Chance): EntryPieces {
  const head = headOctetsOf(entry)
  if (entry.length - head < ownPiece)
    return { parts: sealParts(key, pieceOf(place, 0, true), entry, chance), headBytes: undefined }
  const first = sealParts(key, pieceOf(place, 0, false), entry.subarray(0, head), chance)
  const second = sealParts(key, pieceOf(place, 1, true), entry.subarray(head), chance)
  return { parts: [...first, ...second], headBytes: first.reduce((sum, { length }) => sum + length, 0) }
}

/**
 * `data`: all of it, or as far as `headBytes`; then what comes back is the entry's head. Throws a VaultError when it was
 * not sealed under this key for this place.
 */
export function openEntryData(
  key: KeyObject,
  place: EntryPlace,
  data: Buffer,
  headBytes: number | undefined,
): Buffer {
  if (headBytes === undefined) return openSealed(key, pieceOf(place, 0, true), data)
  const head = openSealed(key, pieceOf(place, 0, false), data.subarray(0, headBytes))
  if (data.length === headBytes) return head
  return Buffer.concat([head, openSealed(key, pieceOf(place, 1, true), data.subarray(headBytes))])
}

function pieceOf({ account, email, body }: EntryPlace, chunk: number, final: boolean): SealedThing {
  return { account, kind: "entry", id: `${email}/${body.toString("hex")}`, chunk, final }
}
