/**
 * Dates of mail.
 *
 *     date-time = [day-of-week ","] day month year hour ":" minute [":" second] zone    RFC 5322 §3.3
 *
 * Obsolete two and three digit years and named zones are read as RFC 5322 §4.3 says. Order is tolerated as
 * long as month, time and two numbers are there, which takes in asctime; comments are skipped.
 */
import { skipCfws } from "./tokens.ts"

export interface MailDate {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly ms: number
  /** Minutes east of Greenwich; 0 where the zone is unknown. */
  readonly offsetMinutes: number
}

/** Characters of a date looked at. */
const DATE_LENGTH_LIMIT = 200

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

/** Hours of the named zones of RFC 5322 §4.3; single letters and all others count as +0000. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ["edt", -4],
  ["est", -5],
  ["cdt", -5],
  ["cst", -6],
  ["mdt", -6],
  ["mst", -7],
  ["pdt", -7],
  ["pst", -8],
])

export function parseDate(text: string): MailDate | undefined {
  let time: readonly [number, number, number] | undefined
  let month: number | undefined
  let offsetMinutes: number | undefined
  const numbers: string[] = []
  for (const word of wordsOf(text.slice(0, DATE_LENGTH_LIMIT))) {
    const lower = word.toLowerCase()
    if (word.includes(":")) time ??= readTime(word)
    else if (/^\d{1,4}$/.test(word)) numbers.push(word)
    else if (/^[+-]\d{4}$/.test(word)) offsetMinutes ??= readOffset(word)
    else if (month === undefined && MONTHS.includes(lower.slice(0, 3)))
      month = MONTHS.indexOf(lower.slice(0, 3))
    else if (ZONES.has(lower)) offsetMinutes ??= (ZONES.get(lower) ?? 0) * 60
  }
  const [day, year] = dayAndYear(numbers)
  if (time === undefined || month === undefined || day === undefined || year === undefined) return undefined
  const [hour, minute, second] = time
  // Date.UTC rolls the 31st of February over; a day that moves is no day.
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return undefined
  const local = Date.UTC(year, month, day, hour, minute, second)
  const offset = offsetMinutes ?? 0
  return { ms: local - offset * 60_000, offsetMinutes: offset }
}

/** Words between white space, commas, comments, and the dashes of 12-Jan-2026. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  let at = skipCfws(text, 0)
  while (at < text.length) {
    const start = at
    while (at < text.length && !ENDS_WORD.has(text.charCodeAt(at))) at++
    if (at > start) words.push(...splitDashes(text.slice(start, at)))
    at = skipCfws(text, text.charCodeAt(at) === 44 ? at + 1 : at)
  }
  return words
}

const ENDS_WORD: ReadonlySet<number> = new Set([32, 9, 10, 13, 40, 44])

function splitDashes(word: string): readonly string[] {
  return /^\d{1,2}-[a-z]{3}-\d{2,4}$/i.test(word) ? word.split("-") : [word]
}

function readTime(word: string): readonly [number, number, number] | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/.exec(word)
  if (match === null) return undefined
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? "0")]
  // A leap second is a second (RFC 5322 §3.3); JavaScript counts it into the next minute.
  return hour < 24 && minute < 60 && second <= 60 ? [hour, minute, second] : undefined
}

function readOffset(word: string): number | undefined {
  const hours = Number(word.slice(1, 3))
  const minutes = Number(word.slice(3))
  if (minutes > 59) return undefined
  return (hours * 60 + minutes) * (word.startsWith("-") ? -1 : 1)
}

/** The year is the one with three digits or more, else the later of the two. */
function dayAndYear(numbers: readonly string[]): readonly [number | undefined, number | undefined] {
  const [first, second] = numbers
  if (first === undefined || second === undefined) return [undefined, undefined]
  const yearFirst = first.length >= 3 && second.length <= 2
  const [day, year] = yearFirst ? [second, first] : [first, second]
  return [Number(day), fullYear(year)]
}

/** RFC 5322 §4.3: 00–49 is 20xx, 50–99 is 19xx, three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length === 4) return year
  if (digits.length === 3) return year + 1900
  return year < 50 ? year + 2000 : year + 1900
}
