/**
 * Which of a segment's messages: ascending ordinals below `docs`, in whichever form is shorter for many.
 *
 *   postings = %d0 1*delta        ; each number less the one before it, the first as it is
 *            / %d1 bitmap         ; docs / 8 octets, the lowest bit first; above one message in eight
 */
import { DamagedIndexError } from "./damaged-index-error.ts"
import { createOctets, readOctets } from "./varints.ts"

export function encodePostings(ordinals: ArrayLike<number>, docs: number): Buffer {
  if (ordinals.length * 8 > docs) {
    const bitmap = Buffer.alloc(1 + Math.ceil(docs / 8))
    bitmap[0] = 1
    for (let at = 0; at < ordinals.length; at++) {
      const ordinal = ordinals[at] ?? 0
      const octet = 1 + (ordinal >> 3)
      bitmap[octet] = (bitmap[octet] ?? 0) | (1 << (ordinal & 7))
    }
    return bitmap
  }
  const out = createOctets(1 + ordinals.length * 2)
  out.number(0)
  let before = 0
  for (let at = 0; at < ordinals.length; at++) {
    const ordinal = ordinals[at] ?? 0
    out.number(ordinal - before)
    before = ordinal
  }
  return out.take()
}

/** Throws DamagedIndexError. */
export function decodePostings(bytes: Buffer, docs: number): Uint32Array {
  if (bytes[0] === 1) return decodeBitmap(bytes, docs)
  if (bytes[0] !== 0) throw new DamagedIndexError("postings of an unknown form")
  const ordinals = new Uint32Array(bytes.length - 1)
  const read = readOctets(bytes, 1)
  let count = 0
  let ordinal = 0
  while (read.left > 0) {
    ordinal += read.number()
    if (ordinal >= docs) throw new DamagedIndexError("a posting beyond its segment")
    ordinals[count++] = ordinal
  }
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
