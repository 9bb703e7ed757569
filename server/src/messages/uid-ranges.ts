/** Ranges of UIDs as queries take them. */
import type { UidRange } from "./mail.ts"

/** Every UID (RFC 9051 §2.3.1.1: 32 bits). */
export const everyUid: readonly UidRange[] = [{ first: 1, last: 0xffff_ffff }]

export const firsts = (ranges: readonly UidRange[]): number[] => ranges.map(range => bounded(range.first))
export const lasts = (ranges: readonly UidRange[]): number[] => ranges.map(range => bounded(range.last))

/** `*` may have come as any large number. */
function bounded(uid: number): number {
  return Math.min(uid, Number.MAX_SAFE_INTEGER)
}

/** What is left of ascending ranges behind `uid`. */
export function rangesBehind(ranges: readonly UidRange[], uid: number): readonly UidRange[] {
  const at = ranges.findIndex(range => range.last > uid)
  if (at === -1) return []
  const [first, ...others] = ranges.slice(at)
  if (first === undefined) return []
  return first.first > uid ? [first, ...others] : [{ first: uid + 1, last: first.last }, ...others]
}
