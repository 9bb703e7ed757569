/** What has to be done from time to time, on the nodes that have the role `worker`. */
import { failure, type Log, own } from "./ports/log.ts"
import type { Timer } from "./ports/timer.ts"

export interface Task {
  readonly name: string
  /** Milliseconds from the end of one run to the next. */
  readonly every: number
  run(): Promise<unknown>
}

export interface Worker {
  /** Starts nothing more, and waits for what runs. */
  stop(): Promise<void>
}

/** Runs each task now, and again and again. A task that fails is logged and tried again when its time comes. */
export function startWorker(tasks: readonly Task[], timer: Timer, log: Log): Worker {
  const calledOff = new Map<Task, () => void>()
  const running = new Set<Promise<void>>()
  let stopped = false

  const run = (task: Task): void => {
    const done = task.run().then(
      () => undefined,
      error => log.event("task.failed", { task: own(task.name), error: failure(error) }),
    )
    running.add(done)
    void done.finally(() => {
      running.delete(done)
      if (!stopped)
        calledOff.set(
          task,
          timer.after(task.every, () => run(task)),
        )
    })
  }
  for (const task of tasks) run(task)
  return {
    async stop() {
      stopped = true
      for (const callOff of calledOff.values()) callOff()
      await Promise.all(running)
    },
  }
}
