/**
 * Which runs of five octets are in a block of terms: a bitmap by their hashes. Most blocks do not hold a question's
 * text, and their bitmap, a few kilobytes, says so before their terms are read. Runs of three would let nearly every
 * block pass: in some thousand words nearly all that a language has are found.
 *
 * A bitmap has 2^16 bits, or fewer where there are few runs: then each of its bits stands for several of these.
 */
const mostBits = 16
const leastBits = 10
/** A bitmap that is filled further lets nearly everything pass. */
const densest = 0.5
const lineFeed = 10

/** Calls `visit` with each run's hash. One with a line feed inside is of two terms: no needle has it. */
function eachRun(text: Uint8Array, visit: (hash: number) => void): void {
  let four = 0
  let lastFeed = -1
  for (let at = 0; at < text.length; at++) {
    const octet = text[at] ?? 0
    if (at >= 4 && lastFeed <= at - 4) visit(hashOf(four, octet))
    if (octet === lineFeed) lastFeed = at
    four = (four << 8) | octet
  }
}

/** Deterministic, so that a question's runs are found by the same. */
function hashOf(four: number, five: number): number {
  const mixed = Math.imul(four, 0x9e3779b1) + Math.imul(five, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> (32 - mostBits)
}

export function writeGrams(text: Uint8Array): Buffer {
  let bitmap = Buffer.alloc(2 ** mostBits / 8)
  let set = 0
  eachRun(text, hash => {
    const octet = bitmap[hash >> 3] ?? 0
    const bit = 1 << (hash & 7)
    if ((octet & bit) !== 0) return
    bitmap[hash >> 3] = octet | bit
    set++
  })
  // Of two neighbours one is enough while few are set.
  for (let bits = mostBits; bits > leastBits && set < (2 ** bits * densest) / 4; bits--)
    bitmap = halved(bitmap)
  return bitmap
}

function halved(bitmap: Buffer): Buffer<ArrayBuffer> {
  const half = Buffer.alloc(bitmap.length / 2)
  for (let at = 0; at < half.length; at++) {
    const pair = (bitmap[at * 2] ?? 0) | ((bitmap[at * 2 + 1] ?? 0) << 8)
    let octet = 0
    for (let bit = 0; bit < 8; bit++) if (((pair >> (bit * 2)) & 3) !== 0) octet |= 1 << bit
    half[at] = octet
  }
  return half
}

/** The hashes of a needle's runs; none where it is too short for one. */
export function gramsOf(needle: Uint8Array): readonly number[] {
  const hashes: number[] = []
  eachRun(needle, hash => hashes.push(hash))
  return hashes
}

/** False: the text does not hold what these are the runs of. */
export function mayHold(bitmap: Uint8Array, hashes: readonly number[]): boolean {
  const shift = mostBits - Math.log2(bitmap.length * 8)
  return hashes.every(hash => {
    const place = hash >> shift
    return ((bitmap[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
  })
}
