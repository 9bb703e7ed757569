/** The sizes of the sealed index, and its bounds. What lies in a segment is in the words of this file's numbers. */

/**
 * Octets of a page as it is stored. All pages of a kind are of one size: how well mail was compressed shows in none.
 * What is read from end to end lies in long ones; what a question reads a little of lies in short ones, of which each,
 * beside the row's other columns, is one page of the database's own.
 */
export const storedPageBytes = { long: 32 * 1024, short: 8_064 } as const
/** Roots are padded to a multiple of this. */
export const rootStepBytes = 4 * 1024
/** Messages whose summaries are compressed together. */
export const summaryBlockMessages = 128
/** Octets of words that are compressed together. */
export const termBlockBytes = 32 * 1024

export interface IndexLimits {
  /** Messages of a segment of each level, at most, the lowest first. */
  readonly levels: readonly number[]
  /** So many entries, at least, are merged: a search opens each of those that wait, and of a segment a few blocks. */
  readonly fewEntries: number
  /**
   * Entries that become one segment, of the second level, when there are as many: who comes back to much mail writes
   * it once less.
   */
  readonly manyEntries: number
  /** Segments of one level that are merged into one of the next. */
  readonly fan: number
  /** Octets of entries that are merged although they are few. */
  readonly entryBytes: number
  /** A segment is rewritten when one in so many of its messages has gone. */
  readonly goneShare: number
  /** Milliseconds after which one message that has gone is reason enough. */
  readonly goneFor: number
  /** Octets of words to be sought through from which on it is first asked which blocks may hold the text. */
  readonly filterBytes: number
  /** Octets of opened pages that one session keeps, and all sessions together. */
  readonly sessionCacheBytes: number
  readonly processCacheBytes: number
}

const day = 24 * 60 * 60 * 1000

export const defaultIndexLimits: IndexLimits = {
  levels: [1024, 4096, 32_768],
  fewEntries: 256,
  manyEntries: 2048,
  fan: 8,
  entryBytes: 4 * 1024 * 1024,
  goneShare: 8,
  goneFor: 7 * day,
  filterBytes: 256 * 1024,
  sessionCacheBytes: 8 * 1024 * 1024,
  processCacheBytes: 32 * 1024 * 1024,
}

/** Past this a segment that still holds what was deleted is destroyed with its key, session or not. */
export const destroyGoneAfter = 30 * day

/** What a merge holds at once of words and of postings, before it ends a segment early. */
export interface GatherLimits {
  readonly termBytes: number
  readonly postings: number
}

export const gatherLimits: GatherLimits = { termBytes: 1024 * 1024, postings: 300_000 }
