/**
 * Sealing the pages of an index segment: AES-256-GCM under the segment's own key, `cipher text || tag(16)`.
 *
 * The nonce is the page's kind and number, so it is not stored. That holds only because a segment key seals each page
 * once: segments never change, and what makes one anew, a retry too, takes a new key. The associated data binds
 * account, segment, kind and number. Runs in worker threads as well: this file needs nothing but Node's crypto.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto"
import type { AccountId } from "../store/ids.ts"
import { VaultError } from "./vault-error.ts"

const TAG_BYTES = 16
/** How much longer a sealed page is. */
export const PAGE_OVERHEAD_BYTES = TAG_BYTES

export interface PagePlace {
  readonly account: AccountId
  readonly segment: number
  /** Below 2^32. */
  readonly kind: number
  /** From 0 on. */
  readonly no: number
}

export function sealPage(key: KeyObject, place: PagePlace, plain: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(place), { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(place))
  const body = cipher.update(plain)
  cipher.final()
  return Buffer.concat([body, cipher.getAuthTag()])
}

/** Throws a VaultError when `sealed` was not sealed under this key for this very place. */
export function openPage(key: KeyObject, place: PagePlace, sealed: Uint8Array): Buffer {
  const end = sealed.length - TAG_BYTES
  if (end < 0) throw new VaultError("too-short", "too short to be a sealed page")
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(place), { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(place))
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
  } catch (cause) {
    plain.fill(0)
    throw new VaultError("not-authentic", "a page of another segment or place, or altered", { cause })
  }
  return plain
}

function nonceOf({ kind, no }: PagePlace): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(kind, 0)
  nonce.writeUIntBE(no, 6, 6)
  return nonce
}

function boundTo({ account, segment, kind, no }: PagePlace): Buffer {
  return Buffer.from(`letterkeep page 1\n${account}\n${segment}\n${kind}\n${no}`, "latin1")
}
