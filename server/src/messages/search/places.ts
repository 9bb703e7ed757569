/**
 * Which messages of a snapshot: a bit for each, by its place in the snapshot's arrays. 100,000 messages are 12 KB, so a
 * search holds as many of these as its criterion has parts.
 */
import type { Snapshot, UidRange } from "../mail.ts"
import { once } from "../once.ts"

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

  get count(): number {
    let count = 0
    for (const word of this.#words) count += onesOf(word)
    return count
  }

  /** Ascending. */
  list(): Uint32Array {
    const places = new Uint32Array(this.count)
    let next = 0
    for (let at = 0; at < this.#words.length; at++)
      for (let left = this.#words[at] ?? 0; left !== 0; left = (left & (left - 1)) >>> 0)
        places[next++] = at * 32 + 31 - Math.clz32(left & -left)
    return places
  }

  /** The first and the last of them; undefined where there is none. */
  ends(): { readonly first: number; readonly last: number } | undefined {
    const from = this.#words.findIndex(word => word !== 0)
    if (from === -1) return undefined
    const to = this.#words.findLastIndex(word => word !== 0)
    const [low = 0, high = 0] = [this.#words[from], this.#words[to]]
    return { first: from * 32 + 31 - Math.clz32(low & -low), last: to * 32 + 31 - Math.clz32(high) }
  }

  #combine(other: Places, how: (one: number, two: number) => number): Places {
    const words = new Uint32Array(this.#words.length)
    for (let at = 0; at < words.length; at++) words[at] = how(this.#words[at] ?? 0, other.#words[at] ?? 0)
    return new Places(this.size, words)
  }
}

/** Bits of a word that are set. */
function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** The places of a snapshot by what they are known by. */
export interface Finder {
  readonly size: number
  /** UIDs or ids that are not there are passed over; both ascend. */
  ofUids(uids: ArrayLike<number>): Places
  ofEmails(emails: ArrayLike<number>): Places
  /** Ranges with both their ends, in any order. */
  ofUidRanges(ranges: readonly UidRange[]): Places
  /** The least and the greatest id of these; undefined where there are none. */
  emailSpan(places: Places): { readonly from: number; readonly to: number } | undefined
}

export function finderOf({ uids, emails }: Pick<Snapshot, "uids" | "emails">): Finder {
  const size = uids.length
  // Mail is moved and copied: a mailbox need not have come in the order of its ids.
  const ascends = once(() => isAscending(emails))
  const sorted = once(() => {
    const places = Uint32Array.from({ length: size }, (_, place) => place)
    places.sort((one, other) => (emails[one] ?? 0) - (emails[other] ?? 0))
    return { places, emails: Float64Array.from(places, place => emails[place] ?? 0) }
  })
  return {
    size,
    ofUids: wanted => common(wanted, uids),
    ofEmails: wanted =>
      ascends() ? common(wanted, emails) : common(wanted, sorted().emails, sorted().places),
    ofUidRanges(ranges) {
      const places = Places.none(size)
      // They may overlap: no place is passed twice.
      let place = 0
      for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first))
        for (place = Math.max(place, lowerBound(uids, first)); (uids[place] ?? Infinity) <= last; place++)
          places.add(place)
      return places
    },
    emailSpan(places) {
      const ends = places.ends()
      if (ends === undefined) return undefined
      if (ascends()) return { from: emails[ends.first] ?? 0, to: emails[ends.last] ?? 0 }
      const ids = Float64Array.from(places.list(), place => emails[place] ?? 0)
      return { from: ids.reduce((a, b) => Math.min(a, b)), to: ids.reduce((a, b) => Math.max(a, b)) }
    },
  }
}

/** Both lists ascend: each of the wanted is sought behind the one before it. `places`: of `all`. */
function common(wanted: ArrayLike<number>, all: Uint32Array | Float64Array, places?: Uint32Array): Places {
  const found = Places.none(all.length)
  let at = 0
  for (let index = 0; index < wanted.length && at < all.length; index++) {
    const value = wanted[index] ?? 0
    at = seek(all, value, at)
    if (all[at] !== value) continue
    found.add(places?.[at] ?? at)
    at++
  }
  return found
}

/** The first place from `from` on that holds `value` or more: in steps that double, so that a near one is near. */
function seek(all: Uint32Array | Float64Array, value: number, from: number): number {
  let step = 1
  while ((all[from + step - 1] ?? Infinity) < value) step *= 2
  return lowerBound(all, value, from + (step >> 1), Math.min(all.length, from + step))
}

function isAscending(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) < (values[at - 1] ?? 0)) return false
  return true
}

function lowerBound(
  values: Uint32Array | Float64Array,
  least: number,
  low = 0,
  high = values.length,
): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((values[middle] ?? 0) < least) from = middle + 1
    else to = middle
  }
  return from
}
