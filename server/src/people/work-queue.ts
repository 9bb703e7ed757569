/**
 * So many pieces of work at once, so many waiting in line; whoever finds the line full is told to come back. For the
 * derivation of keys, which takes a core each time: strangers must not be able to take them all.
 */
export interface WorkQueue {
  /** What the work resolves to, or undefined when the line is full. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>
}

export function createWorkQueue(limits: { readonly atOnce: number; readonly waiting: number }): WorkQueue {
  let running = 0
  const line: (() => void)[] = []
  return {
    async run(work) {
      if (running >= limits.atOnce) {
        if (line.length >= limits.waiting) return undefined
        await new Promise<void>(resume => line.push(resume))
      } else {
        running += 1
      }
      try {
        return await work()
      } finally {
        // The place goes to the next in line, or is given up.
        const next = line.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
