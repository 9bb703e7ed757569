/**
 * Pages of streams that a merge reads from end to end: several on one way from the database, and none twice, although
 * two blocks mostly lie in one page.
 */
import type { ReadPages } from "./merge-input.ts"
import { pageBytes, pageKind, type StreamKind } from "./page-streams.ts"
import type { Root } from "./root.ts"

interface Held {
  /** The number of the first of `pages`. */
  readonly first: number
  readonly pages: readonly Buffer[]
  /** Of the stream's pages. */
  readonly last: number
}

/** The same pages as `read` gives, at least `atOnce` in one go where there are as many. Ask each stream in its order. */
export function readAhead(read: ReadPages, atOnce: number): ReadPages {
  const streams = new Map<string, Held>()
  return async (input, kind, first, count) => {
    const name = `${input.id}/${kind}`
    const before = streams.get(name)
    const last = before?.last ?? lastPageOf(input.root, kind)
    let pages = before === undefined || first < before.first ? [] : before.pages.slice(first - before.first)
    const missing = count - pages.length
    if (missing > 0) {
      const from = first + pages.length
      const more = Math.max(missing, Math.min(atOnce, last - from + 1))
      pages = [...pages, ...(await read(input, kind, from, more))]
    }
    streams.set(name, { first, pages, last })
    return pages.slice(0, count)
  }
}

function lastPageOf(root: Root, kind: StreamKind): number {
  return Math.ceil(octetsOf(root, kind) / pageBytes[kind]) - 1
}

function octetsOf({ summaries, blocks }: Root, kind: StreamKind): number {
  switch (kind) {
    case pageKind.summaries:
      return sum(summaries, ({ octets }) => octets)
    case pageKind.texts:
      return sum(summaries, ({ textOctets }) => textOctets)
    case pageKind.terms:
      return sum(blocks, ({ terms }) => terms)
    case pageKind.info:
      return sum(blocks, ({ info }) => info)
    case pageKind.lists:
      return sum(blocks, ({ lists }) => lists)
    case pageKind.grams:
      return sum(blocks, ({ grams }) => grams)
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
