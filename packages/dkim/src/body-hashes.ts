import { createHash, type Hash } from "node:crypto"
import { type BodyCanon, createRelaxedBody, createSimpleBody } from "./body-canon.ts"
import type { Canon } from "./header-canon.ts"

/**
 * The SHA-256 hashes of one body, made on the stream: one canonical form for each that is wanted, one hash for each
 * distinct length. DKIM and ARC share one set, since they mostly want the same hash.
 */
export interface BodyHashes {
  /** Before the first `update`. `length` is the signature's `l`: hash so many canonical bytes and no more. */
  want(canon: Canon, length: number | undefined): BodyHash
  update(chunk: Uint8Array): void
  /** No `update` after it; digests are there from now on. */
  finish(): void
}

export interface BodyHash {
  digest(): Buffer
  /** Canonical bytes in all, hashed or not. */
  total(): number
}

export function createBodyHashes(): BodyHashes {
  const forms = new Map<
    Canon,
    { readonly canon: BodyCanon; readonly wanted: Map<number | undefined, LimitedHash> }
  >()
  const formOf = (canon: Canon) => {
    const known = forms.get(canon)
    if (known !== undefined) return known
    const wanted = new Map<number | undefined, LimitedHash>()
    const sink = (bytes: Uint8Array): void => {
      for (const hash of wanted.values()) hash.update(bytes)
    }
    const form = { canon: canon === "simple" ? createSimpleBody(sink) : createRelaxedBody(sink), wanted }
    forms.set(canon, form)
    return form
  }
  return {
    want(canon, length) {
      const { wanted } = formOf(canon)
      const known = wanted.get(length)
      if (known !== undefined) return known
      const hash = createLimitedHash(length)
      wanted.set(length, hash)
      return hash
    },
    update(chunk) {
      for (const form of forms.values()) form.canon.update(chunk)
    },
    finish() {
      for (const form of forms.values()) form.canon.finish()
    },
  }
}

interface LimitedHash extends BodyHash {
  update(bytes: Uint8Array): void
}

function createLimitedHash(length: number | undefined): LimitedHash {
  const hash: Hash = createHash("sha256")
  let total = 0
  let result: Buffer | undefined
  return {
    update(bytes) {
      const room = length === undefined ? bytes.length : length - total
      total += bytes.length
      if (room >= bytes.length) hash.update(bytes)
      else if (room > 0) hash.update(bytes.subarray(0, room))
    },
    digest() {
      result ??= hash.digest()
      return result
    },
    total: () => total,
  }
}
