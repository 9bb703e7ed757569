import type { Clock } from "../../ports/clock.ts"

/** How often something may be done that strangers can ask for. */
export interface Pace {
  /** Whether one more may be done now; counts it if so. */
  take(): boolean
}

/** Full at the start. So many in a second for a long time, and `burst` at once after a pause. */
export function createPace(
  clock: Clock,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): Pace {
  let left = burst
  let at = clock.now()
  return {
    take() {
      const now = clock.now()
      left = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond)
      at = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
