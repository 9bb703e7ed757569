/**
 * Which messages of a snapshot: a bit for each, by its place in the snapshot's arrays. 100,000 messages are 12 KB, so a
 * search holds as many of these as its criterion has parts.
 */
import type { Snapshot, UidRange } from "../mail.ts"

export class Places {
  readonly size: number
  readonly #words: Uint32Array

  private constructor(size: number, words: Uint32Array) {
    this.size = size
    this.#words = words
  }

  static none(size: number): Places {
    return new Places(size, new Uint32Array(Math.ceil(size / 32)))
  }

  static all(size: number): Places {
    const words = new Uint32Array(Math.ceil(size / 32)).fill(0xffff_ffff)
    if (size % 32 !== 0) words[words.length - 1] = 2 ** (size % 32) - 1
    return new Places(size, words)
  }

  has(place: number): boolean {
    return ((this.#words[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0
  }

  add(place: number): void {
    const word = place >>> 5
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (place & 31))
  }

  and(other: Places): Places {
    return this.#combine(other, (one, two) => one & two)
  }

  or(other: Places): Places {
    return this.#combine(other, (one, two) => one | two)
  }

  without(other: Places): Places {
    return this.#combine(other, (one, two) => one & ~two)
  }

  get isEmpty(): boolean {
    return this.#words.every(word => word === 0)
  }

  /** Ascending. */
  list(): Uint32Array {
    const places: number[] = []
    for (const [at, word] of this.#words.entries())
      for (let left = word; left !== 0; ) {
        const bit = 31 - Math.clz32(left & -left)
        places.push(at * 32 + bit)
        left = (left & (left - 1)) >>> 0
      }
    return Uint32Array.from(places)
  }

  #combine(other: Places, how: (one: number, two: number) => number): Places {
    const words = new Uint32Array(this.#words.length)
    for (let at = 0; at < words.length; at++) words[at] = how(this.#words[at] ?? 0, other.#words[at] ?? 0)
    return new Places(this.size, words)
  }
}

/** The places of a snapshot by what they are known by. */
export interface Finder {
  readonly size: number
  /** UIDs or ids that are not there are passed over; both ascend. */
  ofUids(uids: ArrayLike<number>): Places
  ofEmails(emails: ArrayLike<number>): Places
  /** Ranges with both their ends, in any order. */
  ofUidRanges(ranges: readonly UidRange[]): Places
}

export function finderOf({ uids, emails }: Pick<Snapshot, "uids" | "emails">): Finder {
  const size = uids.length
  let byEmail: Uint32Array | undefined
  const emailOrder = (): Uint32Array => {
    byEmail ??= isAscending(emails)
      ? Uint32Array.from({ length: size }, (_, place) => place)
      : Uint32Array.from({ length: size }, (_, place) => place).sort(
          (one, other) => (emails[one] ?? 0) - (emails[other] ?? 0),
        )
    return byEmail
  }
  return {
    size,
    ofUids: wanted =>
      common(
        wanted,
        size,
        place => uids[place] ?? 0,
        place => place,
      ),
    ofEmails(wanted) {
      const order = emailOrder()
      return common(
        wanted,
        size,
        at => emails[order[at] ?? 0] ?? 0,
        at => order[at] ?? 0,
      )
    },
    ofUidRanges(ranges) {
      const places = Places.none(size)
      // They may overlap: no place is passed twice.
      let place = 0
      for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first))
        for (place = Math.max(place, lowerBound(uids, first)); (uids[place] ?? Infinity) <= last; place++)
          places.add(place)
      return places
    },
  }
}

/** Both lists ascend; of the few wanted each is sought, of many all are passed. */
function common(
  wanted: ArrayLike<number>,
  size: number,
  valueAt: (at: number) => number,
  placeAt: (at: number) => number,
): Places {
  const places = Places.none(size)
  let at = 0
  for (let index = 0; index < wanted.length && at < size; index++) {
    const value = wanted[index] ?? 0
    while (at < size && valueAt(at) < value) at++
    if (at < size && valueAt(at) === value) places.add(placeAt(at))
  }
  return places
}

function isAscending(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) < (values[at - 1] ?? 0)) return false
  return true
}

function lowerBound(values: Uint32Array, least: number): number {
  let from = 0
  let to = values.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((values[middle] ?? 0) < least) from = middle + 1
    else to = middle
  }
  return from
}
