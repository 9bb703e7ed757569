/**
 * Makes messages durable: the sealed body, the sealed entry, numbers, threads and the change log of every
 * recipient, in one transaction. Arrivals commit in small groups: while one group is being written, the next
 * gathers, bounded by count and by bytes. A group that fails is tried again message by message, so that no
 * message fails for another's sake.
 *
 * Promise: when `keep` resolves, the messages are on disk (`synchronous_commit`), all recipients' or none.
 */
import type { Chance } from "../ports/chance.ts"
import { systemTimer, type Timer } from "../ports/timer.ts"
import { type Store, StoreError } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { type Delivery, sizeOf } from "./delivery.ts"
import { type Kept, type KeyedDelivery, writeGroup } from "./write-group.ts"

export interface Keep {
  /** All deliveries of one message: all are kept, or none. At most 1,000. */
  keep(deliveries: readonly Delivery[]): Promise<readonly Kept[]>
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>
}

export interface KeepLimits {
  /** Messages a group. */
  readonly groupMessages: number
  /** Octets a group; a larger message makes a group of its own. */
  readonly groupBytes: number
  /** Milliseconds that a message waits for company, while there is some to be expected. */
  readonly gatherMs: number
}

export const defaultKeepLimits: KeepLimits = { groupMessages: 64, groupBytes: 8 * 1024 * 1024, gatherMs: 3 }

interface Job {
  readonly deliveries: readonly KeyedDelivery[]
  readonly bytes: number
  readonly done: (kept: readonly Kept[]) => void
  readonly failed: (cause: unknown) => void
}

export function createKeep(
  store: Store,
  vaults: Pick<Vaults, "sealKeys">,
  chance: Chance,
  limits: KeepLimits = defaultKeepLimits,
  timer: Timer = systemTimer,
): Keep {
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
      messages += job.deliveries.length
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
      const kept = await writeGroup(
        store,
        group.flatMap(job => job.deliveries),
        chance,
      )
      let at = 0
      for (const job of group) {
        job.done(kept.slice(at, at + job.deliveries.length))
        at += job.deliveries.length
      }
    } catch (cause) {
      const hopeless = group.length === 1 || (cause instanceof StoreError && cause.temporary)
      if (hopeless) for (const job of group) job.failed(cause)
      else for (const job of group) await write([job])
    }
  }

  return {
    async keep(deliveries) {
      const keys = await vaults.sealKeys(deliveries.map(delivery => delivery.account))
      const keyed = deliveries.map(delivery => {
        const key = keys.get(delivery.account)
        if (key === undefined) throw new Error("an account without a seal key")
        return { ...delivery, key }
      })
      const bytes = deliveries.reduce((sum, each) => sum + sizeOf(each), 0)
      return await new Promise((done, failed) => {
        queue.push({ deliveries: keyed, bytes, done, failed })
        schedule()
      })
    },
    async idle() {
      if (!writing && queue.length === 0) return
      await new Promise<void>(wake => waitingForIdle.push(wake))
    },
  }
}
