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
  let term = -1
  let counted = 0
  for (let at = text.indexOf(bytes); at !== -1; ) {
    const inside = at + before
    for (; counted < inside; counted++) if (text[counted] === lineFeed) term++
    hit(term)
    const end = text.indexOf(lineFeed, inside)
    at = end === -1 ? -1 : text.indexOf(bytes, end)
  }
}
