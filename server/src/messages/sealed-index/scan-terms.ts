/** Seeks probes in the text of a block of terms. */
import type { Probe } from "./terms.ts"

const lineFeed = 10

/** A probe as octets that are found where it is answered: every term has a line feed before and behind it. */
export interface Needle {
  readonly bytes: Buffer
  /** Octets of it before those of the term. */
  readonly before: 0 | 1
}

export function needleOf({ how, text }: Probe): Needle {
  const before = how === "starts" || how === "is"
  const behind = how === "ends" || how === "is"
  return {
    bytes: Buffer.from(`${before ? "\n" : ""}${text}${behind ? "\n" : ""}`, "latin1"),
    before: before ? 1 : 0,
  }
}

/** Calls `hit` with the number of each term in which the needle is, ascending. */
export function scanTerms(text: Buffer, { bytes, before }: Needle, hit: (term: number) => void): void {
  const lineFeeds = lineFeedCounter(text)
  let term = -1
  let counted = 0
  for (let at = text.indexOf(bytes); at !== -1; ) {
    const inside = at + before
    term += lineFeeds(counted, inside)
    counted = inside
    hit(term)
    const end = text.indexOf(lineFeed, inside)
    at = end === -1 ? -1 : text.indexOf(bytes, end)
  }
}

/** Four octets at a time where it can: a block has tens of thousands before its last answer. */
function lineFeedCounter(text: Buffer): (from: number, to: number) => number {
  const skew = -text.byteOffset & 3
  const words = new Int32Array(text.buffer, text.byteOffset + skew, Math.max(0, text.length - skew) >> 2)
  const singly = (from: number, to: number): number => {
    let count = 0
    for (let at = from; at < to; at++) if (text[at] === lineFeed) count++
    return count
  }
  return (from, to) => {
    const first = (from - skew + 3) >> 2
    const end = (to - skew) >> 2
    if (first >= end) return singly(from, to)
    let count = singly(from, skew + first * 4) + singly(skew + end * 4, to)
    for (let at = first; at < end; at++) {
      const word = (words[at] ?? 0) ^ 0x0a0a_0a0a
      // The highest bit of each octet that is 0.
      const zeros = ~(((word & 0x7f7f_7f7f) + 0x7f7f_7f7f) | word | 0x7f7f_7f7f)
      count += Math.imul(zeros >>> 7, 0x0101_0101) >>> 24
    }
    return count
  }
}
