/**
 * One group after another: while a group is written the next one gathers, bounded by count and bytes, and in busy
 * times a little longer. A group that fails is tried again message by message, so that none fails for another's sake:
 * unless the store is away, which it is for all of them.
 */
import type { Timer } from "../ports/timer.ts"
import { StoreError, saysDeadlock } from "../store/index.ts"
import type { Alongside } from "./alongside.ts"
import type { Kept, KeyedDelivery } from "./rows.ts"

export interface LaneLimits {
  /** Messages a group. */
  readonly groupMessages: number
  /** Octets a group; a larger message makes a group of its own. */
  readonly groupBytes: number
  /** Milliseconds that a message waits for company, while there is some to be expected. */
  readonly gatherMs: number
}

export interface Lane {
  /** The deliveries of one message and what belongs to them, written together. `bytes`: of both. */
  add(
    deliveries: readonly KeyedDelivery[],
    alongside: Alongside | undefined,
    bytes: number,
  ): Promise<readonly Kept[]>
  idle(): Promise<void>
}

interface Job {
  readonly deliveries: readonly KeyedDelivery[]
  readonly alongside: Alongside | undefined
  readonly bytes: number
  readonly done: (kept: readonly Kept[]) => void
  readonly failed: (cause: unknown) => void
}

export function createLane(
  writeAll: (
    deliveries: readonly KeyedDelivery[],
    alongside: readonly Alongside[],
  ) => Promise<readonly Kept[]>,
  limits: LaneLimits,
  timer: Timer,
): Lane {
  const queue: Job[] = []
  const waitingForIdle: (() => void)[] = []
  let writing = false
  let scheduled = false
  /** The last group had several messages: the next message will hardly come alone. */
  let busy = false

  function nextGroup(): Job[] {
    let jobs = 0
    let messages = 0
    let bytes = 0
    for (const job of queue) {
      messages += Math.max(job.deliveries.length, 1)
      bytes += job.bytes
      if (jobs > 0 && (messages > limits.groupMessages || bytes > limits.groupBytes)) break
      jobs++
    }
    return queue.splice(0, jobs)
  }

  function writeNext(): void {
    scheduled = false
    const group = nextGroup()
    busy = group.length > 1
    writing = true
    void write(group).finally(() => {
      writing = false
      if (queue.length > 0) schedule()
      else for (const wake of waitingForIdle.splice(0)) wake()
    })
  }

  /** One group at a time: while it is written the next one gathers, and in busy times a little longer. */
  function schedule(): void {
    if (scheduled || writing) return
    scheduled = true
    if (busy && queue.length < limits.groupMessages) timer.after(limits.gatherMs, writeNext)
    else setImmediate(writeNext)
  }

  async function write(group: readonly Job[]): Promise<void> {
    try {
      const kept = await writeAll(
        group.flatMap(job => job.deliveries),
        group.flatMap(job => job.alongside ?? []),
      )
      let at = 0
      for (const job of group) {
        job.done(kept.slice(at, at + job.deliveries.length))
        at += job.deliveries.length
      }
    } catch (cause) {
      const isAway = cause instanceof StoreError && cause.temporary && !saysDeadlock(cause)
      const hopeless = group.length === 1 || isAway
      if (hopeless) for (const job of group) job.failed(cause)
      else for (const job of group) await write([job])
    }
  }

  return {
    add: (deliveries, alongside, bytes) =>
      new Promise((done, failed) => {
        queue.push({ deliveries, alongside, bytes, done, failed })
        schedule()
      }),
    async idle() {
      if (!writing && queue.length === 0) return
      await new Promise<void>(wake => waitingForIdle.push(wake))
    },
  }
}
