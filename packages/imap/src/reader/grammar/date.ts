import type { CalendarDate } from "../../search-key.ts"
import type { Decoder } from "../decoder.ts"

/**
 * RFC 9051 §9:
 *
 *     date           = date-text / DQUOTE date-text DQUOTE
 *     date-text      = 1*2DIGIT "-" date-month "-" 4DIGIT
 *     date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
 *     date-day-fixed = (SP DIGIT) / 2DIGIT              ; one digit without the blank is let pass
 *     zone           = ("+" / "-") 4DIGIT
 */
const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
const dateForm = /^(\d{1,2})-([a-z]{3})-(\d{4})$/i
const dateTimeForm = /^( \d|\d{1,2})-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i
const isDateCharacter = (code: number): boolean => code > 0x20 && code !== 0x29 && code < 0x7f

export function date(d: Decoder, after: string): CalendarDate {
  const what = "a date such as 1-Feb-2026"
  const from = d.place()
  const text = d.peek() === '"' ? d.string(what) : d.word(isDateCharacter, what, after)
  const [, day, month, year] = dateForm.exec(text) ?? []
  const read = calendarDate(day, month, year)
  if (read === undefined) throw d.expectedAt(from, what, after)
  return read
}

/** Milliseconds since 1970. */
export function dateTime(d: Decoder, after: string): number {
  const what = 'a date and time such as "01-Feb-2026 12:00:00 +0100"'
  const from = d.place()
  if (d.peek() !== '"') throw d.expected(what, after)
  const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] =
    dateTimeForm.exec(d.string(what)) ?? []
  const on = calendarDate(day?.trim(), month, year)
  const clock = [
    Number(hour),
    Number(minute),
    Number(second),
    Number(zoneHours),
    Number(zoneMinutes),
  ] as const
  if (on === undefined || !clock.every((part, at) => part <= (bounds[at] ?? 0))) {
    throw d.expectedAt(from, what, after)
  }
  const zone = (clock[3] * 60 + clock[4]) * (sign === "-" ? -1 : 1)
  return startOf(on) + ((clock[0] * 60 + clock[1] - zone) * 60 + clock[2]) * 1_000
}

/** Hour, minute, second (60: a leap second), hours and minutes of the zone. */
const bounds = [23, 59, 60, 23, 59]

function calendarDate(day = "", monthName = "", yearText = ""): CalendarDate | undefined {
  const month = months.indexOf(monthName.toUpperCase()) + 1
  const on = { year: Number(yearText), month, day: Number(day) }
  const read = new Date(startOf(on))
  // the 31st of June would be the 1st of July
  return month > 0 && read.getUTCDate() === on.day && read.getUTCMonth() === month - 1 ? on : undefined
}

function startOf({ year, month, day }: CalendarDate): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
