/**
 * The streams of a segment in pages of one size: each stream is a row of octets, cut wherever a page is full; the last
 * page is filled with zeros. Where something lies is an offset in its stream.
 */
import { PAGE_OVERHEAD_BYTES } from "../../vaults/segment-pages.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { storedPageBytes } from "./limits.ts"

/** The kinds of a segment's pages, as they are stored. The root has one page, of its own size. */
export const pageKind = { root: 0, summaries: 1, terms: 2, info: 3, lists: 4, texts: 5, grams: 6 } as const

export type StreamKind = Exclude<(typeof pageKind)[keyof typeof pageKind], 0>

/** Octets of a stream in one page. */
export const pageBytes = storedPageBytes - PAGE_OVERHEAD_BYTES

export interface StreamWriter {
  append(bytes: Uint8Array): void
  /** Octets so far. */
  readonly length: number
  end(): void
}

/** `onPage` is given each page when it is full; it takes it over. */
export function createStreamWriter(onPage: (no: number, plain: Buffer) => void): StreamWriter {
  let page = Buffer.alloc(pageBytes)
  let at = 0
  let no = 0
  const cut = (): void => {
    onPage(no++, page)
    page = Buffer.alloc(pageBytes)
    at = 0
  }
  return {
    append(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const piece = bytes.subarray(from, from + pageBytes - at)
        page.set(piece, at)
        at += piece.length
        from += piece.length
        if (at === pageBytes) cut()
      }
    },
    get length() {
      return no * pageBytes + at
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
export function pagesOf({ offset, length }: Stretch): { readonly first: number; readonly last: number } {
  return {
    first: Math.floor(offset / pageBytes),
    last: Math.floor((offset + Math.max(1, length) - 1) / pageBytes),
  }
}

/** The stretch out of its pages; a view where it lies in one of them. Throws DamagedIndexError where one is missing. */
export function readStretch({ offset, length }: Stretch, pageAt: (no: number) => Buffer | undefined): Buffer {
  const { first, last } = pagesOf({ offset, length })
  const within = offset - first * pageBytes
  const pages: Buffer[] = []
  for (let no = first; no <= last; no++) {
    const page = pageAt(no)
    if (page?.length !== pageBytes) throw new DamagedIndexError("a page is missing")
    pages.push(page)
  }
  const [only] = pages
  const whole = pages.length === 1 && only !== undefined ? only : Buffer.concat(pages)
  return whole.subarray(within, within + length)
}
