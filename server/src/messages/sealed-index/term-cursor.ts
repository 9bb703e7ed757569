/** Goes through one dictionary of a segment, term by term, for a merge. Holds one block at a time. */
import { DamagedIndexError } from "./damaged-index-error.ts"
import type { InputSegment, ReadPages } from "./merge-input.ts"
import { pageKind, pagesOf, readStretch, type StreamKind, type Stretch } from "./page-streams.ts"
import { readPostings } from "./postings.ts"
import { type InfoReader, openInfo, openTerms, type TermBlock } from "./term-blocks.ts"

export interface TermCursor {
  /** Undefined at the end. */
  readonly term: string | undefined
  /** Each message of the term, field by field; then it goes on to the next one. Wait only for what is a promise. */
  take(each: (field: number, ordinal: number) => void): Promise<void> | undefined
}

const lineFeed = "\n"

export async function openTermCursor(
  input: InputSegment,
  dictionary: number,
  read: ReadPages,
): Promise<TermCursor> {
  const places = blockPlaces(input.root.blocks).filter(({ block }) => block.dictionary === dictionary)
  const docs = input.root.emails.length
  let waiting = 0
  let text = ""
  let lists: Buffer = Buffer.alloc(0)
  let info: InfoReader | undefined
  /** Where the current term ends in `text`. */
  let end = 0
  let term: string | undefined

  /** To the term behind the one that ends at `end`; false: there is none in this block. */
  function step(): boolean {
    const start = end + 1
    end = text.indexOf(lineFeed, start)
    term = end === -1 ? undefined : text.slice(start, end)
    return term !== undefined
  }

  async function load(): Promise<void> {
    const place = places[waiting++]
    term = undefined
    if (place === undefined) return
    text = openTerms(await stretch(input, pageKind.terms, place.terms, read)).toString("latin1")
    info = openInfo(await stretch(input, pageKind.info, place.info, read))
    lists =
      place.lists.length === 0 ? Buffer.alloc(0) : await stretch(input, pageKind.lists, place.lists, read)
    end = 0
    if (!step()) throw new DamagedIndexError("a block without terms")
  }

  await load()
  return {
    get term() {
      return term
    },
    take(each) {
      info?.next(each, (field, offset, length) =>
        readPostings(lists, offset, offset + length, docs, ordinal => each(field, ordinal)),
      )
      return step() ? undefined : load()
    },
  }
}

export interface BlockPlace {
  readonly block: TermBlock
  readonly terms: Stretch
  readonly info: Stretch
  readonly lists: Stretch
  readonly grams: Stretch
}

/** Where each block lies in its streams. */
export function blockPlaces(blocks: readonly TermBlock[]): readonly BlockPlace[] {
  let [terms, info, lists, grams] = [0, 0, 0, 0]
  return blocks.map(block => {
    const place = {
      block,
      terms: { offset: terms, length: block.terms },
      info: { offset: info, length: block.info },
      lists: { offset: lists, length: block.lists },
      grams: { offset: grams, length: block.grams },
    }
    terms += block.terms
    info += block.info
    lists += block.lists
    grams += block.grams
    return place
  })
}

async function stretch(
  input: InputSegment,
  kind: StreamKind,
  place: Stretch,
  read: ReadPages,
): Promise<Buffer> {
  const { first, last } = pagesOf(kind, place)
  const pages = await read(input, kind, first, last - first + 1)
  return readStretch(kind, place, no => pages[no - first])
}
