/** Lets so many in at a time; so many more may wait in line; the rest are turned away. */
export interface Turnstile {
  /** Undefined where the line is full. Rejects as `work` does. */
  pass<T>(work: () => Promise<T>): Promise<T | undefined>
}

export function createTurnstile(maxInside: number, maxInLine: number): Turnstile {
  const line: (() => void)[] = []
  let inside = 0
  return {
    async pass(work) {
      if (inside >= maxInside) {
        if (line.length >= maxInLine) return undefined
        // Whoever leaves hands over the place, so `inside` stays as it is.
        await new Promise<void>(resolve => line.push(resolve))
      } else inside += 1
      try {
        return await work()
      } finally {
        const next = line.shift()
        if (next === undefined) inside -= 1
        else next()
      }
    },
  }
}
