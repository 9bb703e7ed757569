/** The time, as an argument: tests pass their own, so that none of them sleeps. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, by the wall. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
