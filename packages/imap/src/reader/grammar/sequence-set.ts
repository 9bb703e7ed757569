import type { Range, SequenceSet } from "../../sequence-set.ts"
import type { Decoder } from "../decoder.ts"
import { maxRanges } from "../limits.ts"

/**
 * RFC 9051 §9:
 *
 *     sequence-set = (seq-number / seq-range) *("," (seq-number / seq-range)) / "$"
 *     seq-range    = seq-number ":" seq-number
 *     seq-number   = nz-number / "*"
 */
export function sequenceSet(d: Decoder, after: string): SequenceSet {
  if (d.maybe("$")) return { kind: "saved" } // RFC 5182 §2
  return { kind: "ranges", ranges: ranges(d, after, true) }
}

/** `uid-set` and the like: without "*" and "$" (RFC 7162 §3.2.5.1, §3.2.5.2). */
export function knownSet(d: Decoder, after: string): SequenceSet {
  return { kind: "ranges", ranges: ranges(d, after, false) }
}

/** `seq-number` */
export function sequenceNumber(d: Decoder, after: string): number | "*" {
  return d.maybe("*") ? "*" : d.number(number, after, 1)
}

const number = "a message number or UID above zero"

function ranges(d: Decoder, after: string, star: boolean): Range[] {
  const one = (): number | "*" => (star ? sequenceNumber(d, after) : d.number(number, after, 1))
  const all: Range[] = []
  do {
    if (all.length === maxRanges) throw d.limit(`more than ${maxRanges} ranges in one set`)
    const first = one()
    all.push({ first, last: d.maybe(":") ? one() : first })
  } while (d.maybe(","))
  return all
}
