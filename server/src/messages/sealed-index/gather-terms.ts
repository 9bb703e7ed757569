/**
 * The terms of messages that become a segment, gathered in memory: bounded, so that whoever gathers stops in time
 * (`full`) and makes the segment of fewer messages. What is gathered is two rows of numbers, a term and a posting at a
 * time, beside the terms themselves: an array for each term would cost several times as much.
 */
import type { Entry } from "../entry.ts"
import { foldedText } from "./entry-texts.ts"
import { dictionaries, dictionaryCount, namesDictionary } from "./fields.ts"
import { type GatherLimits, gatherLimits } from "./limits.ts"
import type { TermWriter } from "./term-blocks.ts"
import { termsOf } from "./terms.ts"

/** A posting is an ordinal and a field of the term's dictionary, of which there are at most eight. */
const fieldsOfDictionary = 8

export interface TermGatherer {
  add(ordinal: number, entry: Entry): void
  readonly full: boolean
  /** All that was gathered, in the order in which a segment has it. */
  write(out: TermWriter): void
}

interface Gathered {
  /** Each term's number. */
  readonly terms: Map<string, number>
  /** By places: of a term, by number, one posting. */
  termAt: Uint32Array
  postingAt: Uint32Array
  count: number
}

export function createTermGatherer(limits: GatherLimits = gatherLimits): TermGatherer {
  const all = Array.from({ length: dictionaryCount }, (): Gathered => {
    return { terms: new Map(), termAt: new Uint32Array(1024), postingAt: new Uint32Array(1024), count: 0 }
  })
  let termBytes = 0
  let postings = 0

  const put = (gathered: Gathered, term: string, posting: number): void => {
    let number = gathered.terms.get(term)
    if (number === undefined) {
      number = gathered.terms.size
      gathered.terms.set(ownCopy(term), number)
      termBytes += term.length
    }
    if (gathered.count === gathered.termAt.length) grow(gathered)
    gathered.termAt[gathered.count] = number
    gathered.postingAt[gathered.count++] = posting
    postings++
  }

  return {
    add(ordinal, entry) {
      for (const { no, fields, separation } of dictionaries) {
        const gathered = all[no]
        if (gathered === undefined) continue
        for (const [field, name] of fields.entries()) {
          const text = foldedText(entry, name)
          if (text === "") continue
          const posting = ordinal * fieldsOfDictionary + field
          for (const term of termsOf(text, separation)) put(gathered, term, posting)
        }
      }
      const names = all[namesDictionary]
      if (names === undefined) return
      for (const name of entry.names) put(names, name, ordinal * fieldsOfDictionary)
    },
    get full() {
      return termBytes >= limits.termBytes || postings >= limits.postings
    },
    write(out) {
      for (const [dictionary, gathered] of all.entries()) {
        const { starts, postings: sorted } = byTerm(gathered)
        for (const terms of inOrder(gathered.terms.keys()))
          for (const term of terms.sort()) {
            const number = gathered.terms.get(term) ?? 0
            out.add(dictionary, term, byField(sorted.subarray(starts[number], starts[number + 1])))
          }
      }
    },
  }
}

/** Terms by their beginnings, these in order: many short rows are sorted sooner than one long one. */
function inOrder(terms: Iterable<string>): readonly string[][] {
  const byBeginning = new Map<string, string[]>()
  for (const term of terms) {
    const beginning = term.slice(0, 2)
    const row = byBeginning.get(beginning)
    if (row === undefined) byBeginning.set(beginning, [term])
    else row.push(term)
  }
  return [...byBeginning.keys()].sort().map(beginning => byBeginning.get(beginning) ?? [])
}

function grow(gathered: Gathered): void {
  for (const name of ["termAt", "postingAt"] as const) {
    const larger = new Uint32Array(gathered.count * 2)
    larger.set(gathered[name])
    gathered[name] = larger
  }
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

/** A long piece of a text keeps all of the text in memory; this one does not. */
function ownCopy(term: string): string {
  return term.length < 13 ? term : Buffer.from(term, "latin1").toString("latin1")
}

function byField(postings: Uint32Array): readonly (number[] | undefined)[] {
  const fields: (number[] | undefined)[] = []
  for (const posting of postings) {
    const field = posting % fieldsOfDictionary
    const ordinals = fields[field]
    const ordinal = Math.floor(posting / fieldsOfDictionary)
    if (ordinals === undefined) fields[field] = [ordinal]
    else ordinals.push(ordinal)
  }
  // A field that was never set is a hole, which `entries` shows as undefined.
  return fields
}
