/**
 * The terms of messages that become a segment, gathered in memory: bounded, so that whoever gathers stops in time
 * (`full`) and makes the segment of fewer messages. What is gathered is two rows of numbers, a term and a posting at a
 * time, beside the terms themselves: an array for each term would cost several times as much.
 */
import { dictionaryCount, type IndexField, namesDictionary, textDictionaries } from "./fields.ts"
import { type GatherLimits, gatherLimits } from "./limits.ts"
import type { TermWriter } from "./term-blocks.ts"
import { createTermPostings, fieldsOfDictionary } from "./term-postings.ts"
import { eachTerm } from "./terms.ts"

export interface TermGatherer {
  /** `texts`: folded. `names`: of its header fields. */
  add(ordinal: number, texts: ReadonlyMap<IndexField, string>, names: readonly string[]): void
  readonly full: boolean
  /** All that was gathered, in the order in which a segment has it. */
  write(out: TermWriter): void
}

interface Gathered {
  /** Each term's number. */
  readonly terms: Map<string, number>
  /** By the term's number: its last posting and one, so that it is kept once however often a text has it. */
  last: Uint32Array
  /**
   * By places: of a term, by number, one posting: a message's ordinal and a field of the term's dictionary, of which
   * there are at most eight.
   */
  termAt: Uint32Array
  postingAt: Uint32Array
  count: number
}

export function createTermGatherer(limits: GatherLimits = gatherLimits): TermGatherer {
  const all = Array.from({ length: dictionaryCount }, (): Gathered => {
    const [last, termAt, postingAt] = [0, 1, 2].map(() => new Uint32Array(1024))
    if (last === undefined || termAt === undefined || postingAt === undefined) throw new Error("no rows")
    return { terms: new Map(), last, termAt, postingAt, count: 0 }
  })
  let termBytes = 0
  let postings = 0

  const put = (gathered: Gathered, term: string, posting: number, textLength: number): void => {
    let number = gathered.terms.get(term)
    if (number === undefined) {
      number = gathered.terms.size
      gathered.terms.set(ownCopy(term, textLength), number)
      termBytes += term.length
      if (number === gathered.last.length) gathered.last = larger(gathered.last)
    }
    if (gathered.last[number] === posting + 1) return
    gathered.last[number] = posting + 1
    if (gathered.count === gathered.termAt.length) {
      gathered.termAt = larger(gathered.termAt)
      gathered.postingAt = larger(gathered.postingAt)
    }
    gathered.termAt[gathered.count] = number
    gathered.postingAt[gathered.count++] = posting
    postings++
  }

  return {
    add(ordinal, texts, names) {
      for (const { no, fields, separation } of textDictionaries) {
        const gathered = all[no]
        if (gathered === undefined) continue
        for (const [field, name] of fields.entries()) {
          const text = texts.get(name)
          if (text === undefined) continue
          const posting = ordinal * fieldsOfDictionary + field
          eachTerm(text, separation, term => put(gathered, term, posting, text.length))
        }
      }
      const gathered = all[namesDictionary]
      if (gathered === undefined) return
      for (const name of names) put(gathered, name, ordinal * fieldsOfDictionary, name.length)
    },
    get full() {
      return termBytes >= limits.termBytes || postings >= limits.postings
    },
    write(out) {
      const found = createTermPostings()
      for (const [dictionary, gathered] of all.entries()) {
        const { starts, postings: sorted } = byTerm(gathered)
        // Numbers were given in the order of insertion, which a Map keeps.
        const terms = [...gathered.terms.keys()]
        for (const number of inOrder(terms)) {
          const end = starts[number + 1] ?? 0
          found.clear()
          for (let at = starts[number] ?? 0; at < end; at++) {
            const posting = sorted[at] ?? 0
            found.add(posting % fieldsOfDictionary, Math.floor(posting / fieldsOfDictionary))
          }
          out.add(dictionary, terms[number] ?? "", found)
        }
      }
    },
  }
}

/** The places of `terms` in their order: sorted by merging, since numbers are compared in place. */
function inOrder(terms: readonly string[]): Uint32Array {
  const count = terms.length
  const beginnings = Float64Array.from(terms, beginningOf)
  const isBefore = (one: number, other: number): boolean => {
    const less = (beginnings[one] ?? 0) - (beginnings[other] ?? 0)
    return less < 0 || (less === 0 && (terms[one] ?? "") < (terms[other] ?? ""))
  }
  let from = Uint32Array.from(terms.keys())
  let to = new Uint32Array(count)
  for (let width = 1; width < count; width *= 2) {
    for (let low = 0; low < count; low += 2 * width) {
      const middle = Math.min(count, low + width)
      const high = Math.min(count, middle + width)
      for (let [at, left, right] = [low, low, middle]; at < high; at++) {
        const takesLeft = right >= high || (left < middle && isBefore(from[left] ?? 0, from[right] ?? 0))
        to[at] = from[takesLeft ? left++ : right++] ?? 0
      }
    }
    const sorted = to
    to = from
    from = sorted
  }
  return from
}

/** Six octets as a number: most terms differ in these, and numbers are compared sooner than strings. */
function beginningOf(term: string): number {
  let value = 0
  for (let at = 0; at < 6; at++) value = value * 256 + (at < term.length ? term.charCodeAt(at) : 0)
  return value
}

function larger(row: Uint32Array): Uint32Array {
  const twice = new Uint32Array(row.length * 2)
  twice.set(row)
  return twice
}

/** The postings of each term together, in the order in which they came. */
function byTerm({ terms, termAt, postingAt, count }: Gathered) {
  const starts = new Uint32Array(terms.size + 1)
  for (let at = 0; at < count; at++) {
    const next = (termAt[at] ?? 0) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let term = 0; term < terms.size; term++)
    starts[term + 1] = (starts[term + 1] ?? 0) + (starts[term] ?? 0)
  const free = starts.slice()
  const postings = new Uint32Array(count)
  for (let at = 0; at < count; at++) {
    const term = termAt[at] ?? 0
    const place = free[term] ?? 0
    postings[place] = postingAt[at] ?? 0
    free[term] = place + 1
  }
  return { starts, postings }
}

/** Characters of a text that may be kept for the sake of one term. */
const shortText = 2048

/** A long piece of a text keeps all of the text in memory; this one does not. */
function ownCopy(term: string, textLength: number): string {
  return term.length < 13 || textLength <= shortText ? term : Buffer.from(term, "latin1").toString("latin1")
}
