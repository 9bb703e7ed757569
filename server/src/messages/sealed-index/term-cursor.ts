/** Goes through one dictionary of a segment, term by term, for a merge. Holds one block at a time. */
import type { InputSegment, ReadPages } from "./merge-input.ts"
import { pageKind, pagesOf, readStretch, type StreamKind, type Stretch } from "./page-streams.ts"
import { decodePostings } from "./postings.ts"
import { openTerms, type Posting, readInfo, splitTerms, type TermBlock } from "./term-blocks.ts"

export interface TermCursor {
  /** Undefined at the end. */
  readonly term: string | undefined
  /** Ordinals of the term, field by field. */
  postings(): readonly (Uint32Array | undefined)[]
  /** Synchronous within a block: `await` only what is a promise. */
  next(): Promise<void> | undefined
}

interface OpenBlock {
  readonly terms: readonly string[]
  readonly postings: readonly (readonly (Posting | undefined)[])[]
  readonly lists: Buffer
}

export async function openTermCursor(
  input: InputSegment,
  dictionary: number,
  read: ReadPages,
): Promise<TermCursor> {
  const places = blockPlaces(input.root.blocks).filter(({ block }) => block.dictionary === dictionary)
  const docs = input.root.emails.length
  let waiting = 0
  let open: OpenBlock | undefined
  let at = 0

  async function load(): Promise<void> {
    const place = places[waiting++]
    at = 0
    open = undefined
    if (place === undefined) return
    const { block } = place
    const terms = splitTerms(openTerms(await stretch(input, pageKind.terms, place.terms, read)))
    const postings: (Posting | undefined)[][] = Array.from({ length: block.count }, () => [])
    readInfo(await stretch(input, pageKind.info, place.info, read), block.count, (term, field, posting) => {
      const fields = postings[term]
      if (fields !== undefined) fields[field] = posting
    })
    const lists =
      block.lists === 0 ? Buffer.alloc(0) : await stretch(input, pageKind.lists, place.lists, read)
    open = { terms, postings, lists }
  }

  await load()
  return {
    get term() {
      return open?.terms[at]
    },
    postings() {
      const { lists, postings } = open ?? { lists: Buffer.alloc(0), postings: [] }
      return Array.from(postings[at] ?? [], posting => {
        if (posting === undefined) return undefined
        if (posting.kind === "one") return Uint32Array.of(posting.ordinal)
        return decodePostings(lists.subarray(posting.offset, posting.offset + posting.length), docs)
      })
    },
    next() {
      at++
      return open !== undefined && at >= open.terms.length ? load() : undefined
    },
  }
}

export interface BlockPlace {
  readonly block: TermBlock
  readonly terms: Stretch
  readonly info: Stretch
  readonly lists: Stretch
}

/** Where each block lies in its three streams. */
export function blockPlaces(blocks: readonly TermBlock[]): readonly BlockPlace[] {
  let [terms, info, lists] = [0, 0, 0]
  return blocks.map(block => {
    const place = {
      block,
      terms: { offset: terms, length: block.terms },
      info: { offset: info, length: block.info },
      lists: { offset: lists, length: block.lists },
    }
    terms += block.terms
    info += block.info
    lists += block.lists
    return place
  })
}

async function stretch(
  input: InputSegment,
  kind: StreamKind,
  place: Stretch,
  read: ReadPages,
): Promise<Buffer> {
  const { first, last } = pagesOf(place)
  const pages = await read(input, kind, first, last - first + 1)
  return readStretch(place, no => pages[no - first])
}
