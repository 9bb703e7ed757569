/**
 * A time to send that MAIL asks for (RFC 4865 §3), of which there is one at most:
 *
 *     hold-for   = "HOLDFOR=" seconds            ; 1 to 999999999, without a zero in front
 *     hold-until = "HOLDUNTIL=" date-time        ; RFC 3339 §5.6, in UTC: it ends in "Z"
 *     offer      = "FUTURERELEASE" SP seconds SP date-time      ; the most that is taken, in the answer to EHLO
 */

/** A message that waits here until its time has come. */
export interface Release {
  /** Milliseconds since 1970. */
  readonly at: number
  /** As it was asked for, in the form that a report has it: "for;3600", "until;2026-12-01T09:00:00Z". */
  readonly request: string
}

/** How far ahead a server lets its people send. */
export interface FutureRelease {
  /** 1 to `longestHold`. */
  readonly mostSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type ReleaseRead =
  | { readonly kind: "release"; readonly release: Release }
  | { readonly kind: "malformed" | "past" | "too-far" }

/** Seconds that HOLDFOR can say: nine digits. */
export const longestHold = 999_999_999

/** A HOLDFOR of 0 is malformed, and so none is in the past. */
export function readHoldFor(value: string, { mostSeconds, now }: FutureRelease): ReleaseRead {
  if (!/^[1-9][0-9]{0,8}$/.test(value)) return { kind: "malformed" }
  const seconds = Number(value)
  if (seconds > mostSeconds) return { kind: "too-far" }
  return { kind: "release", release: { at: now() + seconds * 1000, request: `for;${value}` } }
}

export function readHoldUntil(value: string, { mostSeconds, now }: FutureRelease): ReleaseRead {
  const at = readUtc(value)
  if (at === undefined) return { kind: "malformed" }
  if (at <= now()) return { kind: "past" }
  if (at > now() + mostSeconds * 1000) return { kind: "too-far" }
  return { kind: "release", release: { at, request: `until;${value.toUpperCase()}` } }
}

/** What the answer to EHLO says behind the keyword, in whole seconds: both are taken if they are said at once. */
export function releaseOffer({ mostSeconds, now }: FutureRelease): string {
  const latest = new Date(Math.floor(now() / 1000 + mostSeconds) * 1000)
  return `${mostSeconds} ${latest.toISOString().slice(0, 19)}Z`
}

/** Milliseconds since 1970; a part of one counts as a whole. A second 60 (RFC 3339 §5.7) is the one that follows. */
function readUtc(text: string): number | undefined {
  const upper = text.toUpperCase()
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(upper)) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = upper.slice(0, 16).split(/[-T:]/).map(Number)
  const seconds = Number(upper.slice(17, -1))
  const isInRange = year >= 1970 && hour <= 23 && minute <= 59 && seconds < 61
  const midnight = Date.UTC(year, month - 1, day)
  // The 31st of February, or a month 13, comes out as another day.
  if (!isInRange || !new Date(midnight).toISOString().startsWith(upper.slice(0, 10))) return undefined
  return midnight + (hour * 60 + minute) * 60_000 + Math.ceil(seconds * 1000)
}
