/**
 * Entry bundles (C2SP tlog-tiles, "Log entries"): up to 256 entries one after another, each with its length before
 * it as two octets, high one first. An entry is the data that its leaf hash is made of.
 */
import { TILE_WIDTH } from "./tile-path.ts"

/** Octets of an entry, by its length field. */
export const MAX_ENTRY_BYTES = 0xffff

/** Writes 1 to 256 entries. */
export function writeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0 || entries.length > TILE_WIDTH)
    throw new RangeError("a bundle has 1 to 256 entries")
  return Buffer.concat(
    entries.flatMap(entry => {
      if (entry.length > MAX_ENTRY_BYTES)
        throw new RangeError(`an entry has more than ${MAX_ENTRY_BYTES} octets`)
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]
    }),
  )
}

/** The entries of a bundle of this width; undefined when it has fewer, more, or half of one. */
export function parseEntryBundle(bundle: Uint8Array, width: number): readonly Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bundle.length && entries.length < width) {
    const [high, low] = bundle.subarray(at, at + 2)
    if (high === undefined || low === undefined) return undefined
    const end = at + 2 + high * 256 + low
    if (end > bundle.length) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return at === bundle.length && entries.length === width ? entries : undefined
}
