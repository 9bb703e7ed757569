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

/** The first `count` of `ordinals`, at the end of `out`. */
export function writePostings(out: Octets, ordinals: ArrayLike<number>, count: number, docs: number): void {
  if (count * 8 > docs) {
    const bitmap = Buffer.alloc(1 + Math.ceil(docs / 8))
    bitmap[0] = 1
    for (let at = 0; at < count; at++) {
      const ordinal = ordinals[at] ?? 0
      const octet = 1 + (ordinal >> 3)
      bitmap[octet] = (bitmap[octet] ?? 0) | (1 << (ordinal & 7))
    }
    out.raw(bitmap)
    return
  }
  out.number(0)
  let before = 0
  for (let at = 0; at < count; at++) {
    const ordinal = ordinals[at] ?? 0
    out.number(ordinal - before)
    before = ordinal
  }
}

export function encodePostings(ordinals: ArrayLike<number>, docs: number): Buffer {
  const out = createOctets(1 + ordinals.length * 2)
  writePostings(out, ordinals, ordinals.length, docs)
  return out.view()
}

/** Throws DamagedIndexError. */
export function decodePostings(bytes: Buffer, docs: number): Uint32Array {
  const ordinals = new Uint32Array(bytes[0] === 1 ? docs : Math.max(0, bytes.length - 1))
  let count = 0
  readPostings(bytes, 0, bytes.length, docs, ordinal => {
    ordinals[count++] = ordinal
  })
  return ordinals.subarray(0, count)
}

/** Those that lie in `bytes` between `from` and `to`, ascending. Throws DamagedIndexError. */
export function readPostings(
  bytes: Buffer,
  from: number,
  to: number,
  docs: number,
  visit: (ordinal: number) => void,
): void {
  if (from >= to || to > bytes.length) throw new DamagedIndexError("postings end too early")
  const form = bytes[from]
  if (form === 1) readBitmap(bytes, from + 1, to, docs, visit)
  else if (form === 0) readDeltas(bytes, from + 1, to, docs, visit)
  else throw new DamagedIndexError("postings of an unknown form")
}

function readDeltas(
  bytes: Buffer,
  from: number,
  to: number,
  docs: number,
  visit: (ordinal: number) => void,
): void {
  let ordinal = 0
  let delta = 0
  let shift = 0
  for (let at = from; at < to; at++) {
    const octet = bytes[at] ?? 0
    delta |= (octet & 127) << shift
    if (octet >= 128) {
      shift += 7
      if (shift > 21) throw new DamagedIndexError("a posting beyond its segment")
      continue
    }
    ordinal += delta
    if (ordinal >= docs) throw new DamagedIndexError("a posting beyond its segment")
    visit(ordinal)
    delta = 0
    shift = 0
  }
  if (shift > 0) throw new DamagedIndexError("postings end too early")
}

function readBitmap(
  bytes: Buffer,
  from: number,
  to: number,
  docs: number,
  visit: (ordinal: number) => void,
): void {
  if (to - from !== Math.ceil(docs / 8)) throw new DamagedIndexError("a bitmap of another size")
  for (let at = from; at < to; at++) {
    const bits = bytes[at] ?? 0
    if (bits === 0) continue
    const first = (at - from) * 8
    for (let bit = 0; bit < 8; bit++) if ((bits & (1 << bit)) !== 0) visit(first + bit)
  }
}
