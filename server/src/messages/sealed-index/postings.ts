/**
 * Which of a segment's messages: ascending ordinals below `docs`, in whichever form is shorter for many.
 *
 *   postings = %d0 1*delta        ; each number less the one before it, the first as it is
 *            / %d1 bitmap         ; docs / 8 octets, the lowest bit first; above one message in eight
 *
 * A merge writes and reads one for each term, so both go without a reader or writer of their own.
 */
import { DamagedIndexError } from "./damaged-index-error.ts"
import { createOctets, type Octets } from "./varints.ts"

/** At the end of `out`. */
export function writePostings(out: Octets, ordinals: ArrayLike<number>, docs: number): void {
  if (ordinals.length * 8 > docs) {
    const bitmap = Buffer.alloc(1 + Math.ceil(docs / 8))
    bitmap[0] = 1
    for (let at = 0; at < ordinals.length; at++) {
      const ordinal = ordinals[at] ?? 0
      const octet = 1 + (ordinal >> 3)
      bitmap[octet] = (bitmap[octet] ?? 0) | (1 << (ordinal & 7))
    }
    out.raw(bitmap)
    return
  }
  out.number(0)
  let before = 0
  for (let at = 0; at < ordinals.length; at++) {
    const ordinal = ordinals[at] ?? 0
    out.number(ordinal - before)
    before = ordinal
  }
}

export function encodePostings(ordinals: ArrayLike<number>, docs: number): Buffer {
  const out = createOctets(1 + ordinals.length * 2)
  writePostings(out, ordinals, docs)
  return out.view()
}

/** Throws DamagedIndexError. */
export function decodePostings(bytes: Buffer, docs: number): Uint32Array {
  if (bytes[0] === 1) return decodeBitmap(bytes, docs)
  if (bytes[0] !== 0) throw new DamagedIndexError("postings of an unknown form")
  const ordinals = new Uint32Array(bytes.length - 1)
  let count = 0
  let ordinal = 0
  let delta = 0
  let shift = 0
  for (let at = 1; at < bytes.length; at++) {
    const octet = bytes[at] ?? 0
    delta |= (octet & 127) << shift
    if (octet >= 128) {
      shift += 7
      if (shift > 21) throw new DamagedIndexError("a posting beyond its segment")
      continue
    }
    ordinal += delta
    if (ordinal >= docs) throw new DamagedIndexError("a posting beyond its segment")
    ordinals[count++] = ordinal
    delta = 0
    shift = 0
  }
  if (shift > 0) throw new DamagedIndexError("postings end too early")
  return ordinals.subarray(0, count)
}

function decodeBitmap(bytes: Buffer, docs: number): Uint32Array {
  if (bytes.length !== 1 + Math.ceil(docs / 8)) throw new DamagedIndexError("a bitmap of another size")
  const ordinals = new Uint32Array(docs)
  let count = 0
  for (let octet = 1; octet < bytes.length; octet++) {
    const bits = bytes[octet] ?? 0
    if (bits === 0) continue
    for (let bit = 0; bit < 8; bit++) if ((bits & (1 << bit)) !== 0) ordinals[count++] = (octet - 1) * 8 + bit
  }
  return ordinals.subarray(0, count)
}
