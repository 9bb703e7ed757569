/**
 * The terms of messages that become a segment, gathered in memory: bounded, so that whoever gathers stops in time
 * (`full`) and makes the segment of fewer messages.
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

export function createTermGatherer(limits: GatherLimits = gatherLimits): TermGatherer {
  const gathered = Array.from({ length: dictionaryCount }, () => new Map<string, number[]>())
  let termBytes = 0
  let postings = 0

  const put = (terms: Map<string, number[]>, term: string, posting: number): void => {
    postings++
    const known = terms.get(term)
    if (known !== undefined) {
      known.push(posting)
      return
    }
    terms.set(ownCopy(term), [posting])
    termBytes += term.length
  }

  return {
    add(ordinal, entry) {
      for (const { no, fields, separation } of dictionaries) {
        const terms = gathered[no]
        if (terms === undefined) continue
        for (const [field, name] of fields.entries()) {
          const text = foldedText(entry, name)
          if (text === "") continue
          const posting = ordinal * fieldsOfDictionary + field
          for (const term of termsOf(text, separation)) put(terms, term, posting)
        }
      }
      const names = gathered[namesDictionary]
      if (names === undefined) return
      for (const name of entry.names) put(names, name, ordinal * fieldsOfDictionary)
    },
    get full() {
      return termBytes >= limits.termBytes || postings >= limits.postings
    },
    write(out) {
      for (const [dictionary, terms] of gathered.entries())
        for (const term of [...terms.keys()].sort()) out.add(dictionary, term, byField(terms.get(term) ?? []))
    },
  }
}

/** A long piece of a text keeps all of the text in memory; this one does not. */
function ownCopy(term: string): string {
  return term.length < 13 ? term : Buffer.from(term, "latin1").toString("latin1")
}

function byField(postings: readonly number[]): readonly (number[] | undefined)[] {
  const fields: (number[] | undefined)[] = []
  for (const posting of postings) {
    const field = posting % fieldsOfDictionary
    const ordinals = fields[field]
    const ordinal = Math.floor(posting / fieldsOfDictionary)
    if (ordinals === undefined) fields[field] = [ordinal]
    else ordinals.push(ordinal)
  }
  // A field that was never set would be a hole, which `entries` shows as undefined.
  return fields
}
