import type { KeyObject } from "node:crypto"
import { type ReturnAddress, readLayout } from "./layout.ts"
import { daysSince, isHash, splitTag } from "./tag.ts"

/**
 * Where something goes that came to a return path of ours. Only what we have written ourselves, and not too long ago, is
 * passed on: otherwise anybody could have us send to whom they like. The caller passes on what has the null reverse-path,
 * as reports have, and nothing else.
 */
export type Returned =
  /** `address`: the sender, or the forwarder who knows them. */
  | { readonly kind: "address"; readonly address: ReturnAddress }
  | { readonly kind: "refused"; readonly why: "malformed" | "forged" | "expired" }
  /** An ordinary address. */
  | { readonly kind: "other" }

export interface ReturnOptions {
  /** The newest first, then those that addresses on their way may still be of. */
  readonly keys: readonly KeyObject[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Days that an address is good for: servers try for five, and reports may take as long again. */
export const maxAgeDays = 14
/** Clocks of two of our own servers may differ over midnight. */
const aheadDays = 1

export function returnPath(address: ReturnAddress, { keys, now }: ReturnOptions): Returned {
  const layout = readLayout(address.localPart)
  switch (layout.kind) {
    case "none":
      return { kind: "other" }
    case "malformed":
      return { kind: "refused", why: "malformed" }
    case "first": {
      const { hash, stamp, domain, localPart } = layout
      if (!isHash(hash, keys, "first", [address.domain, stamp, domain, localPart]))
        return { kind: "refused", why: "forged" }
      return isFresh(stamp, now) ? { kind: "address", address: { localPart, domain } } : expired
    }
    case "later": {
      const { hash, stamp } = splitTag(layout.tag)
      const { domain, rest } = layout
      if (!isHash(hash, keys, "later", [address.domain, stamp, domain, rest]))
        return { kind: "refused", why: "forged" }
      return isFresh(stamp, now)
        ? { kind: "address", address: { localPart: `SRS0${rest}`, domain } }
        : expired
    }
  }
}

const expired: Returned = { kind: "refused", why: "expired" }

function isFresh(stamp: string, now: number): boolean {
  const days = daysSince(stamp, now)
  return days !== undefined && days <= maxAgeDays && days >= -aheadDays
}
