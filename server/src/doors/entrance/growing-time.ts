import type { Clock } from "../../ports/clock.ts"

/** Milliseconds that only grow, a tick at a time: cheap to read, and safe from a clock that is set. */
export interface GrowingTime {
  readonly now: () => number
  /** Called about once a second. */
  readonly tick: () => void
}

/** The most that one tick can move time: a clock that is set ends nobody's connection. */
const longestTickMs = 5_000

export function growingTime(clock: Clock): GrowingTime {
  let now = 0
  let last = clock.now()
  return {
    now: () => now,
    tick() {
      const wall = clock.now()
      now += Math.min(longestTickMs, Math.max(0, wall - last))
      last = wall
    },
  }
}
