/**
 * Which triples of octets are in a block of terms: a bitmap by their hashes. Most blocks do not hold a question's
 * text, and their bitmap, a few kilobytes, says so before their terms are read.
 *
 * A bitmap has 2^16 bits, or fewer where there are few triples: then each of its bits stands for several of these.
 */
const mostBits = 16
const leastBits = 10
/** A bitmap that is filled further lets nearly everything pass. */
const densest = 0.5

/** Of all triples of the text; deterministic, so that a question's triples are found by the same. */
function hashOf(one: number, two: number, three: number): number {
  return Math.imul((one << 16) | (two << 8) | three, 0x9e3779b1) >>> (32 - mostBits)
}

export function writeGrams(text: Uint8Array): Buffer {
  let bitmap = Buffer.alloc(2 ** mostBits / 8)
  let set = 0
  for (let at = 0; at + 2 < text.length; at++) {
    const hash = hashOf(text[at] ?? 0, text[at + 1] ?? 0, text[at + 2] ?? 0)
    const octet = bitmap[hash >> 3] ?? 0
    const bit = 1 << (hash & 7)
    if ((octet & bit) !== 0) continue
    bitmap[hash >> 3] = octet | bit
    set++
  }
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

/** The hashes of a needle's triples; none where it is too short for one. */
export function gramsOf(needle: Uint8Array): readonly number[] {
  const hashes: number[] = []
  for (let at = 0; at + 2 < needle.length; at++)
    hashes.push(hashOf(needle[at] ?? 0, needle[at + 1] ?? 0, needle[at + 2] ?? 0))
  return hashes
}

/** False: the text does not hold what these are the triples of. */
export function mayHold(bitmap: Uint8Array, hashes: readonly number[]): boolean {
  const shift = mostBits - Math.log2(bitmap.length * 8)
  return hashes.every(hash => {
    const place = hash >> shift
    return ((bitmap[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
  })
}
