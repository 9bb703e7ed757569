/**
 * The streams of a segment in pages, those of a stream of one size: each stream is a row of octets, cut wherever a page
 * is full; the last page is filled with zeros. Where something lies is an offset in its stream. How many pages a stream
 * has is in the clear: its length shows in steps of a page.
 */
import { PAGE_OVERHEAD_BYTES } from "../../vaults/segment-pages.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { storedPageBytes } from "./limits.ts"

/** The kinds of a segment's pages, as they are stored. The root has one page, of its own size. */
export const pageKind = { root: 0, summaries: 1, terms: 2, info: 3, lists: 4, texts: 5, grams: 6 } as const

export type StreamKind = Exclude<(typeof pageKind)[keyof typeof pageKind], 0>

const { long, short } = storedPageBytes

/** Octets of a stream in one page. */
export const pageBytes: Readonly<Record<StreamKind, number>> = {
  [pageKind.summaries]: long - PAGE_OVERHEAD_BYTES,
  [pageKind.terms]: short - PAGE_OVERHEAD_BYTES,
  [pageKind.info]: short - PAGE_OVERHEAD_BYTES,
  [pageKind.lists]: short - PAGE_OVERHEAD_BYTES,
  [pageKind.texts]: long - PAGE_OVERHEAD_BYTES,
  [pageKind.grams]: short - PAGE_OVERHEAD_BYTES,
}

export interface StreamWriter {
  append(bytes: Uint8Array): void
  /** Octets so far. */
  readonly length: number
  end(): void
}

/** `onPage` is given each page when it is full; it takes it over. */
export function createStreamWriter(
  kind: StreamKind,
  onPage: (no: number, plain: Buffer) => void,
): StreamWriter {
  const size = pageBytes[kind]
  let page = Buffer.alloc(size)
  let at = 0
  let no = 0
  const cut = (): void => {
    onPage(no++, page)
    page = Buffer.alloc(size)
    at = 0
  }
  return {
    append(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const piece = bytes.subarray(from, from + size - at)
        page.set(piece, at)
        at += piece.length
        from += piece.length
        if (at === size) cut()
      }
    },
    get length() {
      return no * size + at
    },
    end() {
      if (at > 0) cut()
    },
  }
}

/** A stretch of a stream, in octets. */
export interface Stretch {
  readonly offset: number
  readonly length: number
}

/** The numbers of the pages that hold it; it holds at least one octet. */
export function pagesOf(
  kind: StreamKind,
  { offset, length }: Stretch,
): { readonly first: number; readonly last: number } {
  const size = pageBytes[kind]
  return {
    first: Math.floor(offset / size),
    last: Math.floor((offset + Math.max(1, length) - 1) / size),
  }
}

/** The stretch out of its pages; a view where it lies in one of them. Throws DamagedIndexError where one is missing. */
export function readStretch(
  kind: StreamKind,
  stretch: Stretch,
  pageAt: (no: number) => Buffer | undefined,
): Buffer {
  const size = pageBytes[kind]
  const { first, last } = pagesOf(kind, stretch)
  const from = stretch.offset - first * size
  const pieces: Buffer[] = []
  let left = stretch.length
  for (let no = first; no <= last; no++) {
    const page = pageAt(no)
    if (page?.length !== size) throw new DamagedIndexError("a page is missing")
    const piece = page.subarray(no === first ? from : 0, (no === first ? from : 0) + left)
    left -= piece.length
    pieces.push(piece)
  }
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}
