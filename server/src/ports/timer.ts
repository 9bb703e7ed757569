/** Waiting, as an argument: tests let time pass by hand. */
export interface Timer {
  /** Runs `run` once after `ms`, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void
}

export const systemTimer: Timer = {
  after(ms, run) {
    const timeout = setTimeout(run, ms)
    return () => clearTimeout(timeout)
  },
}

/** For tests: nothing runs until `pass` is called. */
export function manualTimer(): Timer & { pass(ms: number): void; readonly waiting: number } {
  let now = 0
  const waiting = new Map<() => void, number>()
  return {
    after(ms, run) {
      waiting.set(run, now + ms)
      return () => void waiting.delete(run)
    },
    pass(ms) {
      now += ms
      for (const [run, due] of [...waiting])
        if (due <= now) {
          waiting.delete(run)
          run()
        }
    },
    get waiting() {
      return waiting.size
    },
  }
}
