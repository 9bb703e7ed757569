/** The days that reports are about: those of UTC, by their number since 1970-01-01 (RFC 8460 §4.1). */
export type Day = number

export const dayMs = 24 * 60 * 60 * 1000

export const dayOf = (ms: number): Day => Math.floor(ms / dayMs)

/** Milliseconds since 1970. */
export const beginOf = (day: Day): number => day * dayMs

/** The last whole second that belongs to it. */
export const endOf = (day: Day): number => beginOf(day + 1) - 1000

/** "2026-11-25" */
export const nameOf = (day: Day): string => new Date(beginOf(day)).toISOString().slice(0, 10)
