/**
 * The main thread's side of the thread that makes segments: one job after the other. The thread is started when there
 * is work, its memory is bounded, and it ends when there has been none for a while.
 */
import { Worker } from "node:worker_threads"
import type { Timer } from "../../ports/timer.ts"
import { asBuffer } from "./as-buffer.ts"
import { DamagedSegmentError } from "./damaged-index-error.ts"
import type { FromThread, Job, JobPorts, JobResult, Question, ToThread } from "./merge-job.ts"

/** Megabytes of JavaScript's own; buffers and the program come on top. */
const threadMemory = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 12, stackSizeMb: 2 }
const idleMs = 20_000

/** The thread failed: it had too little memory, or was ended. Nothing was written. */
export class MergeError extends Error {
  override readonly name = "MergeError"
  readonly temporary = true
  readonly outOfMemory: boolean

  constructor(message: string, outOfMemory = false, options?: ErrorOptions) {
    super(message, options)
    this.outOfMemory = outOfMemory
  }
}

export interface MergeWorker {
  /** Rejects with DamagedSegmentError, MergeError, or as a port did. */
  run(job: Job, ports: JobPorts): Promise<JobResult>
  close(): Promise<void>
}

export function createMergeWorker(timer: Timer): MergeWorker {
  let thread: Worker | undefined
  let callOff: (() => void) | undefined
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  const stop = async (): Promise<void> => {
    callOff?.()
    const ending = thread
    thread = undefined
    await ending?.terminate()
  }
  const start = (): Worker => {
    const started = new Worker(new URL("./merge-thread.ts", import.meta.url), {
      resourceLimits: threadMemory,
    })
    started.unref()
    started.once("exit", () => {
      if (thread === started) thread = undefined
    })
    return started
  }

  async function runNow(job: Job, ports: JobPorts): Promise<JobResult> {
    if (closed) throw new MergeError("the house is closing")
    callOff?.()
    thread ??= start()
    try {
      return await converse(thread, job, ports)
    } finally {
      callOff = timer.after(idleMs, () => void stop())
    }
  }

  return {
    run(job, ports) {
      const result = last.then(() => runNow(job, ports))
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      closed = true
      await stop()
      await last
    },
  }
}

async function converse(thread: Worker, job: Job, ports: JobPorts): Promise<JobResult> {
  const outcome = Promise.withResolvers<JobResult>()
  const tell = (message: ToThread): void => thread.postMessage(message)
  /** What a port failed with: the thread gives up, says so, and is then free again. */
  let failure: { readonly error: unknown } | undefined
  const answer = async (question: Question): Promise<void> => {
    try {
      tell({ kind: "answer", value: await answerOf(question, ports) })
    } catch (error) {
      failure = { error }
      tell({ kind: "give-up" })
    }
  }
  const onMessage = (message: FromThread): void => {
    if (message.kind === "ask") void answer(message.question)
    else if (message.kind === "done") outcome.resolve(message.result)
    else if (failure !== undefined) outcome.reject(failure.error)
    else if (message.damaged !== undefined) outcome.reject(new DamagedSegmentError(message.damaged))
    else outcome.reject(new MergeError(message.message))
  }
  const onError = (cause: Error & { readonly code?: unknown }): void =>
    outcome.reject(new MergeError("the thread failed", cause.code === "ERR_WORKER_OUT_OF_MEMORY", { cause }))
  const onExit = (): void => outcome.reject(new MergeError("the thread ended"))
  thread.on("message", onMessage).on("error", onError).on("exit", onExit)
  thread.ref()
  tell({ kind: "job", job })
  try {
    return await outcome.promise
  } finally {
    thread.unref()
    thread.off("message", onMessage).off("error", onError).off("exit", onExit)
  }
}

function answerOf(question: Question, ports: JobPorts): Promise<unknown> {
  switch (question.kind) {
    case "entries":
      return ports.entries()
    case "pages":
      return ports.pages(question.segment, question.pageKind, question.first, question.count)
    case "store":
      return ports.store(question.pages.map(page => ({ ...page, data: asBuffer(page.data) })))
  }
}
