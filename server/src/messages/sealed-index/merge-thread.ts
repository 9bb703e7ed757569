/** The thread that makes segments: one job at a time, told and answered by messages (merge-job.ts). */
import { parentPort } from "node:worker_threads"
import { DamagedSegmentError } from "./damaged-index-error.ts"
import type { FromThread, JobPorts, Question, ToThread } from "./merge-job.ts"
import { runJob } from "./run-job.ts"

const port = parentPort
if (port === null) throw new Error("this file is a thread's")

/** Ends a job whose other half has failed. */
class GivenUpError extends Error {
  override readonly name = "GivenUpError"
  readonly temporary = true
}

let asked: PromiseWithResolvers<unknown> | undefined

function say(message: FromThread): void {
  port?.postMessage(message)
}

function ask(question: Question): Promise<unknown> {
  asked = Promise.withResolvers()
  say({ kind: "ask", question })
  return asked.promise
}

// The other side answers each question with what the port of that name resolves to.
const ports: JobPorts = {
  entries: () => ask({ kind: "entries" }) as ReturnType<JobPorts["entries"]>,
  pages: (segment, pageKind, first, count) =>
    ask({ kind: "pages", segment, pageKind, first, count }) as ReturnType<JobPorts["pages"]>,
  store: pages => ask({ kind: "store", pages }) as Promise<void>,
}

port.on("message", (message: ToThread) => {
  if (message.kind === "answer") asked?.resolve(message.value)
  else if (message.kind === "give-up") asked?.reject(new GivenUpError("given up"))
  else
    void runJob(message.job, ports).then(
      result => say({ kind: "done", result }),
      error =>
        say({
          kind: "failed",
          damaged: error instanceof DamagedSegmentError ? error.segment : undefined,
          message: error instanceof Error ? `${error.name}: ${error.message}` : "unknown",
        }),
    )
})
