/**
 * What the rows of messages tell without opening one: a conjunction, which the database answers in one question.
 */
import type { ThreadId } from "../../store/index.ts"
import type { Criterion } from "../criteria.ts"

/** From, both included; open ends are infinite. */
export interface Span {
  readonly least: number
  readonly most: number
}

export interface RowFilter {
  readonly keywords: ReadonlySet<string>
  readonly withoutKeywords: ReadonlySet<string>
  readonly deleted: boolean | undefined
  readonly size: Span
  /** Milliseconds since 1970. */
  readonly received: Span
  readonly saved: Span
  readonly modseq: Span
  readonly thread: ThreadId | undefined
  /** Contradicts itself. */
  readonly never: boolean
}

const anything: Span = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY }

const nothingAsked: RowFilter = {
  keywords: new Set(),
  withoutKeywords: new Set(),
  deleted: undefined,
  size: anything,
  received: anything,
  saved: anything,
  modseq: anything,
  thread: undefined,
  never: false,
}

/** Undefined where rows do not tell, or not as a conjunction. */
export function rowFilterOf(criterion: Criterion): RowFilter | undefined {
  switch (criterion.kind) {
    case "keyword":
      return { ...nothingAsked, keywords: new Set([criterion.keyword]) }
    case "deleted":
      return { ...nothingAsked, deleted: true }
    case "size":
      return {
        ...nothingAsked,
        size: span(
          (criterion.over ?? Number.NEGATIVE_INFINITY) + 1,
          (criterion.under ?? Number.POSITIVE_INFINITY) - 1,
        ),
      }
    case "time": {
      const { of, from, before } = criterion
      if (of === "sent") return undefined
      return {
        ...nothingAsked,
        [of]: span(from ?? Number.NEGATIVE_INFINITY, (before ?? Number.POSITIVE_INFINITY) - 1),
      }
    }
    case "modseq":
      return { ...nothingAsked, modseq: span(criterion.from, Number.POSITIVE_INFINITY) }
    case "thread":
      return { ...nothingAsked, thread: criterion.thread }
    case "not":
      return oppositeOf(criterion.of)
    default:
      return undefined
  }
}

function oppositeOf(criterion: Criterion): RowFilter | undefined {
  if (criterion.kind === "keyword") return { ...nothingAsked, withoutKeywords: new Set([criterion.keyword]) }
  if (criterion.kind === "deleted") return { ...nothingAsked, deleted: false }
  return undefined
}

export function bothFilters(one: RowFilter, other: RowFilter): RowFilter {
  const both = {
    keywords: one.keywords.union(other.keywords),
    withoutKeywords: one.withoutKeywords.union(other.withoutKeywords),
    deleted: one.deleted ?? other.deleted,
    size: overlap(one.size, other.size),
    received: overlap(one.received, other.received),
    saved: overlap(one.saved, other.saved),
    modseq: overlap(one.modseq, other.modseq),
    thread: one.thread ?? other.thread,
  }
  const differ = <T>(a: T | undefined, b: T | undefined): boolean =>
    a !== undefined && b !== undefined && a !== b
  const never =
    one.never ||
    other.never ||
    differ(one.deleted, other.deleted) ||
    differ(one.thread, other.thread) ||
    !both.keywords.isDisjointFrom(both.withoutKeywords)
  return { ...both, never }
}

function span(least: number, most: number): Span {
  return { least, most }
}

function overlap(one: Span, other: Span): Span {
  return span(Math.max(one.least, other.least), Math.min(one.most, other.most))
}
