import { ControlError } from "./command.ts"

const dayMs = 24 * 60 * 60 * 1000

/** `2027-12-31`: through that day, by UTC; or a moment, as RFC 3339 writes it. Milliseconds since 1970. */
export function readUntil(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const at = isDay || isMoment ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at) || !isInCalendar(text.slice(0, 10)))
    throw new ControlError(`"${text}" is no date: write something like 2027-12-31`)
  return isDay ? at + dayMs : at
}

/** `Date.parse` takes the 31st of February for the 3rd of March. */
function isInCalendar(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}
