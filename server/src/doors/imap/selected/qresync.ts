/** What a client says that it knows of the mailbox, when it opens it again (RFC 7162 §3.2.5). */
import type { Qresync, Range } from "@letterkeep/imap"
import type { UidRange } from "../../../messages/index.ts"
import type { Numbering } from "./numbering.ts"
import { rangesOf } from "./resolve-set.ts"

/** The UIDs that it asks about: all that there ever were, where it names none. */
export function askedUids(
  { knownUids }: Qresync,
  numbering: Numbering,
  lastGiven: number,
): readonly UidRange[] {
  if (knownUids?.kind === "ranges") return rangesOf(knownUids.ranges, numbering.lastUid)
  return lastGiven === 0 ? [] : [{ first: 1, last: lastGiven }]
}

/**
 * Up to this UID nothing has gone: the client's pairs of numbers and UIDs are still right so far (RFC 7162 §3.2.5.2).
 * Only read where the log of changes does not reach back to where the client was.
 */
export function agreedUpTo({ known }: Qresync, numbering: Numbering): number {
  if (known?.numbers.kind !== "ranges" || known.uids.kind !== "ranges") return 0
  const uids = each(known.uids.ranges)
  let agreed = 0
  let before = 0
  for (const number of each(known.numbers.ranges)) {
    const uid = uids.next()
    // RFC 7162 §3.2.5.2: the numbers ascend; where they do not, they are not read on: there could be any number of them.
    if (number <= before || uid.done === true || number > numbering.count) break
    if (numbering.uidOf(number) !== uid.value) break
    before = number
    agreed = uid.value
  }
  return agreed
}

function* each(ranges: readonly Range[]): Generator<number, undefined> {
  for (const { first, last } of ranges) {
    if (first === "*" || last === "*") return
    for (let number = first; number <= last; number++) yield number
  }
}

/** What lies behind `uid`. */
export function behind(ranges: readonly UidRange[], uid: number): readonly UidRange[] {
  return ranges.flatMap(({ first, last }) => (last <= uid ? [] : [{ first: Math.max(first, uid + 1), last }]))
}

/** `ranges` ascend and lie apart. */
export function isIn(ranges: readonly UidRange[], uid: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.last ?? 0) < uid) low = middle + 1
    else high = middle
  }
  const range = ranges[low]
  return range !== undefined && range.first <= uid
}
