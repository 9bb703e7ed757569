import { type MailDate, parseDate } from "@letterkeep/mime"

/**
 * The Date field in UTC, to the second; where there is none, or none that can be read, the internal date
 * (RFC 5256 §2.2).
 */
export function sentDate(date: string | undefined, arrival: number): number {
  return (date === undefined ? undefined : readSentDate(date))?.ms ?? arrival
}

/** A date whose time cannot be read is that day at midnight (RFC 5256 §2.2). */
export function readSentDate(date: string): MailDate | undefined {
  return parseDate(date) ?? parseDate(`${date.replace(timeOfDay, " ")} 00:00:00`)
}

const timeOfDay = /\b\d+:[\d:.]*/g
