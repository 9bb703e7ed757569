/** A question to all of an account's messages: to its segments, to the entries that no segment holds yet. */
import { foldText } from "@letterkeep/mime"
import { asId, type EmailId } from "../../store/index.ts"
import { askEntry } from "./ask-entries.ts"
import { type Asked, askSegments, mark, type Part } from "./ask-segments.ts"
import { createBreath } from "./breath.ts"
import { openEntry } from "./build-segment.ts"
import type { FindOptions, Found, Question } from "./contract.ts"
import { dictionariesOf, namesDictionary, type Separation } from "./fields.ts"
import { StaleListError } from "./index-state.ts"
import { type EntriesRead, readEntriesInOrder } from "./read-entries.ts"
import type { Reading } from "./reading.ts"
import { openSegments, type SegmentList } from "./segment-list.ts"
import { type Probes, probesOf } from "./terms.ts"

/** Entries of one question, and how much they may come to as they mostly are. */
const entriesAtOnce = { first: 64, most: 1024, octets: 1024 * 1024 }

/**
 * An answer to each question. Entries are read after `before`: what the index lacks has to be known by then, or one that
 * is made again between the two would be in neither. Throws StaleListError, MissingPageError and
 * DamagedSegmentError: they would not be all.
 */
export async function find(
  reading: Reading,
  list: SegmentList,
  questions: readonly Question[],
  among: NonNullable<FindOptions["among"]>,
  before: Promise<unknown>,
): Promise<readonly Found[]> {
  const answers = questions.map(question => ({ question, sure: [] as number[], perhaps: [] as number[] }))
  const put = ({ sure, perhaps }: (typeof answers)[number], email: number, found: number): void => {
    if (email < among.from || email > among.to) return
    if (found === mark.sure) sure.push(email)
    else if (found === mark.perhaps) perhaps.push(email)
  }
  const segments = openSegments(list).filter(({ lo, hi }) => hi >= among.from && lo <= among.to)
  // While pages of segments are on their way there is time for entries.
  await Promise.all([
    ...answers.map(async answer => {
      const marks = await askSegments(reading, segments, askedOf(answer.question))
      for (const [at, { root }] of segments.entries()) {
        const each = marks[at] ?? new Uint8Array()
        for (let ordinal = 0; ordinal < each.length; ordinal++) {
          const found = each[ordinal] ?? mark.no
          if (found !== mark.no) put(answer, root.emails[ordinal] ?? 0, found)
        }
      }
    }),
    before.then(() =>
      askEntries(reading, list, questions, among, (email, found) => {
        for (const [at, answer] of answers.entries()) put(answer, email, found[at] ?? mark.no)
      }),
    ),
  ])
  return answers.map(({ sure, perhaps }) => ({ sure: ascending(sure), perhaps: ascending(perhaps) }))
}

/** Mostly they are: segments are asked in their order. */
function ascending(emails: readonly number[]): Float64Array {
  const all = Float64Array.from(emails)
  return emails.every((email, at) => at === 0 || (emails[at - 1] ?? 0) <= email) ? all : all.sort()
}

function askedOf(question: Question): Asked {
  if ("headerName" in question) {
    const probes = probesOf(foldText(question.headerName), "lines").all.map(
      ({ text }) => ({ how: "is", text }) as const,
    )
    return {
      parts: [{ dictionary: namesDictionary, fields: 1, probes: { all: probes, sure: true } }],
      cut: ["names"],
      text: "",
    }
  }
  const { fields, text } = question
  // Which fields a message has is another question: all may have this one.
  if (text === "")
    return {
      parts: [{ dictionary: namesDictionary, fields: 0, probes: { all: [], sure: false } }],
      cut: [],
      text,
    }
  const inWord = probesOf(text, "words").sure
  const inBodies = fields.includes("body") || fields.includes("attachment")
  const parts = [...dictionariesOf(fields, inWord)].map(
    ([{ no, separation }, bits]): Part => ({
      dictionary: no,
      fields: bits,
      probes: inBodies ? probesOf(text, separation) : tellingOf(probesOf(text, separation), separation),
    }),
  )
  const header = fields.some(field => field !== "body") ? (["header"] as const) : []
  return { parts, cut: fields.includes("body") ? [...header, "text"] : header, text }
}

/** So much of an identifier tells it from nearly all others. */
const tellingOctets = 6

/**
 * Where messages that answer are looked at anyway, the first piece of an identifier (mostly its left half) leaves so few
 * that the others, which many have, are not worth asking. Not where a look is into the body: that costs more.
 */
function tellingOf(probes: Probes, separation: Separation): Probes {
  const [first, ...others] = probes.all
  const isTelling = separation === "at signs" && !probes.sure && first !== undefined
  return isTelling && others.length > 0 && first.text.length >= tellingOctets
    ? { all: [first], sure: false }
    : probes
}

/** Tells of each entry what it answers to each question; it is opened once. */
async function askEntries(
  reading: Reading,
  list: SegmentList,
  questions: readonly Question[],
  { from, to }: NonNullable<FindOptions["among"]>,
  tell: (email: EmailId, found: readonly number[]) => void,
): Promise<void> {
  const { store, session, signal } = reading
  const breathe = createBreath(signal)
  const asksBody = questions.some(question => "fields" in question && question.fields.includes("body"))
  const what = asksBody ? "whole" : "heads"
  const read = (after: number, limit: number): Promise<EntriesRead> =>
    readEntriesInOrder(store, session, what, after, to, limit)
  let limit: number = entriesAtOnce.first
  let next = read(from - 1, limit)
  for (;;) {
    const { version, rows } = await next
    if (version !== list.version) throw new StaleListError("a merge came between")
    const last = rows.at(-1)
    const isAll = last === undefined || rows.length < limit
    limit = nextLimit(rows)
    if (!isAll) {
      next = read(last.email, limit)
      // It may fail while these are asked; it is awaited in its turn.
      next.catch(() => undefined)
    }
    for (const row of rows) {
      tell(row.email, askRow(reading, row, questions))
      await breathe()
    }
    if (isAll) return
  }
}

function askRow(
  { session, onDamaged }: Reading,
  row: EntriesRead["rows"][number],
  questions: readonly Question[],
): readonly number[] {
  const { email, key } = row
  if (key === undefined) return []
  const entry = openEntry(session, { ...row, key })
  if (entry !== undefined) return questions.map(question => askEntry(entry, question))
  // It says nothing; the body does.
  onDamaged(email)
  return questions.map(() => mark.perhaps)
}

function nextLimit(rows: EntriesRead["rows"]): number {
  const octets = rows.reduce((sum, { data }) => sum + data.length, 0)
  const fitting = Math.floor((entriesAtOnce.octets * rows.length) / Math.max(1, octets))
  return Math.min(entriesAtOnce.most, Math.max(16, fitting))
}

export const allEmails = { from: asId<EmailId>(1), to: asId<EmailId>(Number.MAX_SAFE_INTEGER) }
