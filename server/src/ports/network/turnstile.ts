/** Lets so many in at a time; so many more may wait in line; the rest are turned away. */
export interface Turnstile {
  /** Undefined where the line is full, or where `signal` ended the wait. Rejects as `work` does. */
  pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined>
}

export function createTurnstile(maxInside: number, maxInLine: number): Turnstile {
  const line = new Set<() => void>()
  let inside = 0
  /** Whether the place came; false where `signal` took the waiting one out of the line, which makes room in it. */
  const wait = (signal: AbortSignal | undefined): Promise<boolean> =>
    new Promise(resolve => {
      const leave = (): void => {
        line.delete(enter)
        resolve(false)
      }
      const enter = (): void => {
        signal?.removeEventListener("abort", leave)
        resolve(true)
      }
      line.add(enter)
      signal?.addEventListener("abort", leave, { once: true })
    })
  const handOver = (): void => {
    const [next] = line
    if (next === undefined) inside -= 1
    else {
      // The next one takes over the place, so `inside` stays as it is.
      line.delete(next)
      next()
    }
  }
  return {
    async pass(work, signal) {
      if (signal?.aborted === true) return undefined
      if (inside >= maxInside) {
        if (line.size >= maxInLine || !(await wait(signal))) return undefined
      } else inside += 1
      try {
        return await work()
      } finally {
        handOver()
      }
    },
  }
}
