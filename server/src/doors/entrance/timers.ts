import { systemTimer, type Timer } from "../../ports/timer.ts"

/** Timers as an argument, so that tests need not wait. */
export interface Timers extends Timer {
  /** Runs again and again, until the returned function is called. */
  every(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  ...systemTimer,
  every(ms, run) {
    const timer = setInterval(run, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
