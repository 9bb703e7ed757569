/**
 * The dictionary of a segment: blocks of terms in their order, each in four pieces, so that a search reads of most
 * blocks only the last, and of some others only the first.
 *
 *   terms = LF 1*(term LF)                          ; compressed; sought through as it is
 *   info  = *(fields 1*posting)                     ; compressed; one for each term, in their order
 *   fields  = number                                ; a bit for each field of the dictionary
 *   posting = %d1 ordinal / count octets            ; for each bit, the lowest first; more than one lie in `lists`
 *   lists = *postings                               ; postings.ts, one behind the other in the order of `info`
 *   grams = bitmap                                  ; gram-filter.ts, of `terms` before compression
 */
import { DamagedIndexError } from "./damaged-index-error.ts"
import type { Dictionary } from "./fields.ts"
import { compress, decompress } from "./frame.ts"
import { writeGrams } from "./gram-filter.ts"
import { termBlockBytes } from "./limits.ts"
import type { StreamWriter } from "./page-streams.ts"
import { writePostings } from "./postings.ts"
import type { TermPostings } from "./term-postings.ts"
import { createOctets, readOctets } from "./varints.ts"

export interface TermBlock {
  /** `Dictionary.no`, or `namesDictionary`. */
  readonly dictionary: Dictionary["no"]
  /** Its first term, and how many there are. */
  readonly first: string
  readonly count: number
  /** Octets of its pieces in their streams, where they follow those of the block before. */
  readonly terms: number
  readonly info: number
  readonly lists: number
  readonly grams: number
}

export interface TermStreams {
  readonly terms: StreamWriter
  readonly info: StreamWriter
  readonly lists: StreamWriter
  readonly grams: StreamWriter
}

export interface TermWriter {
  /** In the order of dictionaries and terms. */
  add(dictionary: number, term: string, postings: TermPostings): void
  done(): readonly TermBlock[]
}

const lineFeed = "\n"

/** `docs`: messages of the segment. */
export function createTermWriter(docs: number, streams: TermStreams): TermWriter {
  const blocks: TermBlock[] = []
  const text = createOctets(termBlockBytes + 1024)
  const info = createOctets(termBlockBytes)
  const list = createOctets(termBlockBytes)
  let listsStart = 0
  let open: { readonly dictionary: number; readonly first: string; count: number } | undefined

  const cut = (): void => {
    if (open === undefined) return
    const terms = compress(text.view())
    const about = compress(info.view())
    const grams = writeGrams(text.view())
    text.clear()
    info.clear()
    streams.terms.append(terms)
    streams.info.append(about)
    streams.grams.append(grams)
    const lists = streams.lists.length - listsStart
    blocks.push({ ...open, terms: terms.length, info: about.length, lists, grams: grams.length })
    listsStart = streams.lists.length
    open = undefined
  }

  return {
    add(dictionary, term, postings) {
      if (open !== undefined && (open.dictionary !== dictionary || text.length >= termBlockBytes)) cut()
      if (open === undefined) {
        open = { dictionary, first: term, count: 0 }
        text.binary(lineFeed)
      }
      open.count++
      text.binary(term)
      text.binary(lineFeed)
      const { fields } = postings
      info.number(fields)
      for (let field = 0; fields >> field > 0; field++) {
        const count = postings.count(field)
        if (count === 0) continue
        const ordinals = postings.ordinals(field)
        info.number(count)
        if (count === 1) info.number(ordinals[0] ?? 0)
        else {
          list.clear()
          writePostings(list, ordinals, count, docs)
          info.number(list.length)
          streams.lists.append(list.view())
        }
      }
    },
    done() {
      cut()
      return blocks
    },
  }
}

/** Octets of a block's text before compression, as they mostly are. */
const plainBytes = termBlockBytes + 1024

/** The same of its info. */
const infoBytes = termBlockBytes / 2

/** The text of a block, to be sought through: terms with a line feed before and behind each. */
export function openTerms(frame: Buffer): Buffer {
  return decompress(frame, plainBytes)
}

export interface InfoReader {
  /** Tells of the next term's fields, in their order: which message has it, or where in `lists` these are. */
  next(
    one: (field: number, ordinal: number) => void,
    list: (field: number, offset: number, length: number) => void,
  ): void
}

/** The info of a block, from its first term on. Throws DamagedIndexError. */
export function openInfo(frame: Buffer): InfoReader {
  const read = readOctets(decompress(frame, infoBytes))
  let offset = 0
  return {
    next(one, list) {
      const fields = read.number()
      for (let field = 0; fields >> field > 0; field++) {
        if ((fields & (1 << field)) === 0) continue
        const count = read.number()
        if (count === 1) one(field, read.number())
        else {
          const length = read.number()
          list(field, offset, length)
          offset += length
        }
      }
    },
  }
}

export interface InfoVisitor {
  one(term: number, field: number, ordinal: number): void
  /** In the block's stretch of `lists`. */
  list(term: number, field: number, offset: number, length: number): void
}

/**
 * Tells of the terms that are `wanted` (not 0) alone. A question to many blocks reads tens of thousands of these
 * numbers, so they are read in place. Throws DamagedIndexError.
 */
export function scanInfo(frame: Buffer, wanted: Uint16Array, visitor: InfoVisitor): void {
  const info = decompress(frame, infoBytes)
  let at = 0
  let offset = 0
  const number = (): number => {
    let octet = info[at++] ?? 0
    if (octet < 128) return octet
    let value = octet & 127
    for (let shift = 7; shift < 35; shift += 7) {
      octet = info[at++] ?? 0
      value |= (octet & 127) << shift
      if (octet < 128) break
    }
    return value >>> 0
  }
  const behind = wanted.findLastIndex(one => one !== 0) + 1
  for (let term = 0; term < behind; term++) {
    const tell = wanted[term] !== 0
    const fields = number()
    for (let field = 0; fields >> field > 0; field++) {
      if ((fields & (1 << field)) === 0) continue
      if (number() === 1) {
        const ordinal = number()
        if (tell) visitor.one(term, field, ordinal)
      } else {
        const length = number()
        if (tell) visitor.list(term, field, offset, length)
        offset += length
      }
    }
  }
  if (at > info.length) throw new DamagedIndexError("info ends too early")
}
