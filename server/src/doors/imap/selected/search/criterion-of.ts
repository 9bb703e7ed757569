/**
 * From IMAP's search keys to what the store searches by. Message numbers, "$" and dates get their meaning here: a
 * day is a day in UTC, which is the zone that INTERNALDATE is shown in (RFC 9051 §6.4.4 leaves the zone open).
 */
import type { CalendarDate, SearchKey } from "@letterkeep/imap"
import { type Criterion, readEmailObjectId, readThreadObjectId } from "../../../../messages/index.ts"
import { asId } from "../../../../store/ids.ts"
import { readOneFlag } from "../flags.ts"
import type { Known } from "../known.ts"
import { resolvePresent } from "../resolve-set.ts"

export interface CriterionRead {
  readonly criterion: Criterion
  readonly byModseq: boolean
}

/** `now`: milliseconds since 1970, for WITHIN. Recursion is bounded by the reader's limit on nested keys. */
export function criterionOf(key: SearchKey, known: Known, now: number): CriterionRead {
  const work: Work = { known, now, byModseq: false }
  const criterion = read(work, key)
  return { criterion, byModseq: work.byModseq }
}

interface Work {
  readonly known: Known
  readonly now: number
  byModseq: boolean
}

const all: Criterion = { kind: "all" }
const none: Criterion = { kind: "not", of: all }

function read(work: Work, key: SearchKey): Criterion {
  switch (key.kind) {
    case "all":
    // RFC 8514 §4.3: every mailbox here keeps save dates.
    case "save-date-supported":
      return all
    case "and":
      return { kind: "and", of: key.keys.map(inner => read(work, inner)) }
    case "or":
      return { kind: "or", of: [read(work, key.either), read(work, key.other)] }
    case "not":
      return { kind: "not", of: read(work, key.key) }
    case "numbers":
    case "uids":
      return inSet(work, key)
    case "flag":
      return hasFlag(key.flag)
    case "header":
      return { kind: "header", field: key.field, value: key.value }
    case "text":
    case "body":
      return { kind: key.kind, value: key.value }
    case "date":
      return onDate(key)
    case "larger":
      return { kind: "size", over: key.octets, under: undefined }
    case "smaller":
      return { kind: "size", over: undefined, under: key.octets }
    case "older":
      // RFC 5032 §2: that many seconds old, or older.
      return received(undefined, work.now - key.seconds * 1000 + 1)
    case "younger":
      return received(work.now - key.seconds * 1000, undefined)
    case "modseq":
      work.byModseq = true
      return { kind: "modseq", from: asId(key.modseq) }
    case "email-id": {
      const email = readEmailObjectId(key.id)
      return email === undefined ? none : { kind: "email", email }
    }
    case "thread-id": {
      const thread = readThreadObjectId(key.id)
      return thread === undefined ? none : { kind: "thread", thread }
    }
  }
}

function inSet(work: Work, { kind, set }: SearchKey & { readonly kind: "numbers" | "uids" }): Criterion {
  const { numbering, saved } = work.known
  // Departs from RFC 9051 §9, seq-number, which would have BAD: a number that is not there is a key that matches nothing.
  return { kind: "uids", ranges: resolvePresent(numbering, { uid: kind === "uids", set }, saved).uids }
}

function hasFlag(flag: string): Criterion {
  const read = readOneFlag(flag)
  if (read === undefined) return none
  return read === "deleted" ? { kind: "deleted" } : { kind: "keyword", keyword: read.keyword }
}

const dayMs = 86_400_000

function onDate({ of, is, date }: SearchKey & { readonly kind: "date" }): Criterion {
  const start = startOf(date)
  const from = is === "before" ? undefined : start
  const before = is === "before" ? start : is === "on" ? start + dayMs : undefined
  return { kind: "time", of: of === "internal" ? "received" : of, from, before }
}

/** Date.UTC takes years below 100 for those of the twentieth century. */
function startOf({ year, month, day }: CalendarDate): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

function received(from: number | undefined, before: number | undefined): Criterion {
  return { kind: "time", of: "received", from, before }
}
