/**
 * Sealing one object under a day's seal key: `nonce(12) || cipher text || tag(16)`.
 *
 * The associated data binds the version of this form, the account, the kind of object, its id, the chunk's
 * number and whether it is the last: a row moved to another place, a chunk reordered or a body cut short does
 * not open.
 */
import type { KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import { openUnder, type SealedParts, sealPartsUnder } from "./aead.ts"
import { VaultError } from "./vault-error.ts"

/** The most objects sealed under one key. */
export const SEAL_KEY_USES = 2 ** 20

/** A day's key of one account in this process: AES-256-GCM. `uses` counts what was sealed under it. */
export interface SealKey {
  readonly id: number
  readonly key: KeyObject
  uses: number
}

/** Those of mail on its way out are sealed under a queue key; `sent`: what became of it, for its sender. */
export type SealedKind =
  | "body"
  | "entry"
  | "queued-envelope"
  | "queued-recipient"
  | "queued-body"
  | "queued-answer"
  | "sent"

export interface SealedThing {
  readonly account: AccountId
  readonly kind: SealedKind
  /** The object's id: a uuid, or numbers with a slash between them. */
  readonly id: string
  /** From 0 on. */
  readonly chunk: number
  readonly final: boolean
}

/** Throws a VaultError once the key has been used `SEAL_KEY_USES` times. */
export function seal(key: SealKey, what: SealedThing, plain: Uint8Array, chance: Chance): Buffer {
  return Buffer.concat(sealParts(key, what, plain, chance))
}

/** The same without copying the cipher text: write the parts one after the other. */
export function sealParts(key: SealKey, what: SealedThing, plain: Uint8Array, chance: Chance): SealedParts {
  if (key.uses >= SEAL_KEY_USES) throw new VaultError("seal-key-worn", "this seal key has been used up")
  key.uses += 1
  return sealPartsUnder(key.key, boundTo(what), plain, chance)
}

/** Throws a VaultError when `sealed` was not sealed under this key for this very place. */
export function openSealed(key: KeyObject, what: SealedThing, sealed: Uint8Array): Buffer {
  return openUnder(key, boundTo(what), sealed)
}

// Written out instead of `binding`: this runs for every chunk. Only `id` could hold a separator, and what
// stands around it is digits and words of ours, so the list has one reading.
function boundTo(what: SealedThing): Buffer {
  const { account, kind, id, chunk, final } = what
  return Buffer.from(
    `letterkeep sealed 1\n${account}\n${kind}\n${id}\n${chunk}\n${final ? "final" : "more"}`,
    "utf8",
  )
}
