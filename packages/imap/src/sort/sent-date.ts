import { parseDate } from "@letterkeep/mime"

/**
 * The Date field in UTC, to the second; where there is none, or none that can be read, the internal date. A date
 * whose time cannot be read is that day at midnight (RFC 5256 §2.2).
 */
export function sentDate(date: string | undefined, arrival: number): number {
  if (date === undefined || date === "") return arrival
  const read = parseDate(date) ?? parseDate(`${date.replace(timeOfDay, " ")} 00:00:00`)
  return read?.ms ?? arrival
}

const timeOfDay = /\b\d+:[\d:.]*/g
