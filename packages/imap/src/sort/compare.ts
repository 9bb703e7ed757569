import { foldText } from "@letterkeep/mime"

/**
 * The form by which texts are put in order and by which subjects are one: as i;unicode-casemap does it (RFC 5051), in
 * compatibility decomposition and capitals.
 */
export function orderText(text: string): string {
  return foldText(text).toUpperCase()
}

/** By code points, as the octets of UTF-8 would be compared; JavaScript compares halves of pairs. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++
  if (at === length) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

/** Surrogates come behind all that is written without them. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit
}
