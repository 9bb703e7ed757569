/**
 * Reads a report in a thread of its own, which may use so much memory and so much time: what was made to be expensive
 * ends there, and mail goes on meanwhile.
 */
import { Worker } from "node:worker_threads"
import type { Timer } from "../ports/timer.ts"
import type { ReadFigures } from "./figures.ts"

export interface ReadingJob {
  readonly bytes: Uint8Array
  readonly now: number
}

/** Megabytes of JavaScript's own: an unpacked report is 16, and what is read of it several times that. */
const threadMemory = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 }
/** The largest report takes a second or two. */
const longestMs = 30_000

/** "gave-up": it took too long, or too much memory. */
export function readInThread(
  job: ReadingJob,
  timer: Timer,
): Promise<ReadFigures | { readonly kind: "gave-up" }> {
  const outcome = Promise.withResolvers<ReadFigures | { readonly kind: "gave-up" }>()
  const thread = new Worker(new URL("./read-thread.ts", import.meta.url), {
    workerData: job,
    resourceLimits: threadMemory,
  })
  const callOff = timer.after(longestMs, () => void thread.terminate())
  thread.once("message", (read: ReadFigures) => outcome.resolve(read))
  thread.once("error", (error: Error & { readonly code?: unknown }) => {
    if (error.code === "ERR_WORKER_OUT_OF_MEMORY") outcome.resolve({ kind: "gave-up" })
    else outcome.reject(error)
  })
  // Whatever came first has settled it.
  thread.once("exit", () => {
    callOff()
    outcome.resolve({ kind: "gave-up" })
  })
  return outcome.promise
}
