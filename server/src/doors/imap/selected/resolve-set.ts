/**
 * Which messages a sequence set means, as ranges of UIDs: what the store is asked by.
 *
 * A run of messages that follow one another becomes one range, whatever UIDs are missing in between; so a set is as
 * short for the store as it can be, and never reaches behind the last message that the client was told of.
 */
import type { Range, SequenceSet } from "@letterkeep/imap"
import type { UidRange } from "../../../messages/index.ts"
import type { Numbering } from "./numbering.ts"

/** Numbers, both ends included, ascending, apart from one another. */
interface Run {
  readonly first: number
  readonly last: number
}

export interface Resolved {
  readonly kind: "messages"
  readonly uids: readonly UidRange[]
  /** How many messages they are. */
  readonly count: number
}

export type Resolution = Resolved | { readonly kind: "no-such-number" }

export interface SetOf {
  readonly uid: boolean
  readonly set: SequenceSet
}

/** `saved`: the UIDs of "$", ascending (RFC 9051 §6.4.4.1). */
export function resolveSet(numbering: Numbering, wanted: SetOf, saved: Uint32Array): Resolution {
  const { uid, set } = wanted
  if (!uid && set.kind === "ranges")
    for (const range of set.ranges) {
      const [first, last] = ends(range, numbering.count)
      // RFC 9051 §9, seq-number: a number that is not there is BAD, and so is "*" in an empty mailbox.
      if (first < 1 || last > numbering.count) return { kind: "no-such-number" }
    }
  return resolvePresent(numbering, wanted, saved)
}

/** As a search key: of the set, the messages that are there. */
export function resolvePresent(numbering: Numbering, { uid, set }: SetOf, saved: Uint32Array): Resolved {
  if (set.kind === "saved") return resolved(numbering, runsOfUids(numbering, saved))
  const runs: Run[] = []
  for (const range of set.ranges) {
    const [first, last] = ends(range, uid ? numbering.lastUid : numbering.count)
    const run = uid
      ? { first: numbering.firstNumberFrom(first), last: numbering.firstNumberFrom(last + 1) - 1 }
      : { first: Math.max(1, first), last: Math.min(last, numbering.count) }
    if (run.first <= run.last) runs.push(run)
  }
  return resolved(numbering, joined(runs))
}

/** Ascending UIDs, those that are here. */
export function resolveUids(numbering: Numbering, uids: Iterable<number>): Resolved {
  return resolved(numbering, runsOfUids(numbering, uids))
}

/** The numbers themselves, there or not: ascending, apart from one another. */
export function rangesOf(ranges: readonly Range[], star: number): readonly UidRange[] {
  return joined(
    ranges.map(range => {
      const [first, last] = ends(range, star)
      return { first, last }
    }),
  )
}

/** In either order; "*" is the largest in use (RFC 9051 §9, seq-range). */
function ends({ first, last }: Range, star: number): readonly [number, number] {
  const one = first === "*" ? star : first
  const other = last === "*" ? star : last
  return one <= other ? [one, other] : [other, one]
}

function runsOfUids(numbering: Numbering, uids: Iterable<number>): Run[] {
  const runs: Run[] = []
  let first = 0
  let last = -1
  for (const uid of uids) {
    const number = numbering.numberOf(uid)
    if (number === 0) continue
    if (number !== last + 1) {
      if (first !== 0) runs.push({ first, last })
      first = number
    }
    last = number
  }
  if (first !== 0) runs.push({ first, last })
  return runs
}

function joined(runs: Run[]): Run[] {
  runs.sort((a, b) => a.first - b.first)
  const result: Run[] = []
  for (const run of runs) {
    const before = result.at(-1)
    if (before === undefined || run.first > before.last + 1) result.push(run)
    else if (run.last > before.last) result[result.length - 1] = { first: before.first, last: run.last }
  }
  return result
}

function resolved(numbering: Numbering, runs: readonly Run[]): Resolved {
  let count = 0
  const uids = runs.map(({ first, last }) => {
    count += last - first + 1
    return { first: numbering.uidOf(first), last: numbering.uidOf(last) }
  })
  return { kind: "messages", uids, count }
}

/** The messages of ranges in portions of at most `limit`, in the same order. */
export function* portionsOf(
  numbering: Numbering,
  ranges: readonly UidRange[],
  limit: number,
): Generator<readonly UidRange[]> {
  let portion: UidRange[] = []
  let room = limit
  for (const range of ranges) {
    let first = numbering.firstNumberFrom(range.first)
    const last = numbering.firstNumberFrom(range.last + 1) - 1
    while (first <= last) {
      const end = Math.min(last, first + room - 1)
      portion.push({ first: numbering.uidOf(first), last: numbering.uidOf(end) })
      room -= end - first + 1
      first = end + 1
      if (room > 0) continue
      yield portion
      portion = []
      room = limit
    }
  }
  if (portion.length > 0) yield portion
}
