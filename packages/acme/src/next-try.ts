import type { AcmeFailure } from "./failure.ts"

const minute = 60_000
/** An authority counts failures: five an hour for one name are what the largest of them allows. */
const shortest = 15 * minute
const longest = 12 * 60 * minute
/** Retry-After is heeded up to this. */
const longestAsked = 7 * 24 * 60 * minute

/**
 * How long to wait before the next attempt, in milliseconds: longer with each failure in a row, and never sooner than the
 * authority asks. `failures`: with this one, from 1 on. `fraction` by chance, 0 to 1, so that servers that failed together
 * do not come back together.
 */
export function waitBeforeNextTry(failure: AcmeFailure, failures: number, fraction: number): number {
  const grown = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 10))
  const asked = failure.kind === "refused" ? Math.min(failure.retryAfter ?? 0, longestAsked) : 0
  return Math.round(Math.max(asked, grown) + grown * 0.1 * fraction)
}
