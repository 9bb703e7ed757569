import { failure, type Log, own } from "./ports/log.ts"

/** What has been opened, to be closed in the opposite order: at the end, or when a later step fails. */
export interface Closing {
  add(step: () => Promise<unknown> | unknown): void
  /** Goes on to the next step when one fails, and logs that. */
  close(): Promise<void>
}

export function createClosing(log: Log): Closing {
  const steps: (() => Promise<unknown> | unknown)[] = []
  return {
    add: step => void steps.push(step),
    async close() {
      for (const step of steps.splice(0).reverse())
        try {
          await step()
        } catch (error) {
          log.event("task.failed", { task: own("stop"), error: failure(error) })
        }
    },
  }
}
