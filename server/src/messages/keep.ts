/**
 * Makes messages durable: the sealed body, the sealed entry, numbers, threads and the change log of every
 * recipient, in one transaction. Arrivals commit in small groups: while one group is being written, the next
 * gathers, bounded by count and by bytes. A group that fails is tried again message by message, so that no
 * message fails for another's sake.
 *
 * Promise: when `keep` resolves, the messages are on disk (`synchronous_commit`), all recipients' or none.
 */
import type { Chance } from "../ports/chance.ts"
import { type Store, StoreError } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { type Delivery, type SealedDelivery, sealDelivery } from "./sealed-delivery.ts"
import { type Kept, writeGroup } from "./write-group.ts"

export interface Keep {
  /** All deliveries of one message: all are kept, or none. At most 1,000. */
  keep(deliveries: readonly Delivery[]): Promise<readonly Kept[]>
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>
}

export interface KeepLimits {
  /** Messages a group. */
  readonly groupMessages: number
  /** Sealed bytes a group; a larger message makes a group of its own. */
  readonly groupBytes: number
  /** Groups being written at the same time. */
  readonly writers: number
}

export const defaultKeepLimits: KeepLimits = { groupMessages: 64, groupBytes: 8 * 1024 * 1024, writers: 2 }

interface Job {
  readonly sealed: readonly SealedDelivery[]
  readonly bytes: number
  readonly done: (kept: readonly Kept[]) => void
  readonly failed: (cause: unknown) => void
}

export function createKeep(
  store: Store,
  vaults: Pick<Vaults, "sealKeys">,
  chance: Chance,
  limits: KeepLimits = defaultKeepLimits,
): Keep {
  const queue: Job[] = []
  const waitingForIdle: (() => void)[] = []
  let writing = 0
  let scheduled = false

  function nextGroup(): Job[] {
    let jobs = 0
    let messages = 0
    let bytes = 0
    for (const job of queue) {
      messages += job.sealed.length
      bytes += job.bytes
      if (jobs > 0 && (messages > limits.groupMessages || bytes > limits.groupBytes)) break
      jobs++
    }
    return queue.splice(0, jobs)
  }

  function pump(): void {
    scheduled = false
    while (writing < limits.writers && queue.length > 0) {
      writing++
      void write(nextGroup()).finally(() => {
        writing--
        if (queue.length > 0) schedule()
        else if (writing === 0) for (const wake of waitingForIdle.splice(0)) wake()
      })
    }
  }

  /** What arrives in one turn of the event loop goes into one group. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(pump)
  }

  async function write(group: readonly Job[]): Promise<void> {
    try {
      const kept = await writeGroup(
        store,
        group.flatMap(job => job.sealed),
        chance,
      )
      let at = 0
      for (const job of group) {
        job.done(kept.slice(at, at + job.sealed.length))
        at += job.sealed.length
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
      const sealed = deliveries.map(delivery => {
        const key = keys.get(delivery.account)
        if (key === undefined) throw new Error("an account without a seal key")
        return sealDelivery(delivery, key, chance)
      })
      const bytes = sealed.reduce((sum, each) => sum + each.bytes, 0)
      return await new Promise((done, failed) => {
        queue.push({ sealed, bytes, done, failed })
        schedule()
      })
    },
    async idle() {
      if (writing === 0 && queue.length === 0) return
      await new Promise<void>(wake => waitingForIdle.push(wake))
    },
  }
}
