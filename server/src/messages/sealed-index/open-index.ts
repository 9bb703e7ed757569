/** The sealed index of this process: one thread that merges, one room for opened pages, an index for each session. */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { systemTimer, type Timer } from "../../ports/timer.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { AccountId, Store } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { type OpenIndex, openAccountIndex } from "./account-index.ts"
import type { SealedIndex } from "./contract.ts"
import { defaultIndexLimits, type IndexLimits } from "./limits.ts"
import { createMergeWorker } from "./merge-worker.ts"
import { createCacheRoom } from "./page-cache.ts"
import type { IndexParts } from "./parts.ts"

export interface SealedIndexOptions {
  readonly store: Store
  readonly vaults: IndexParts["vaults"]
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly limits?: Partial<IndexLimits>
  readonly timer?: Timer
  /** Calls `listener` after each change of the account, until the returned function is called. */
  readonly onChange?: (account: AccountId, listener: () => void) => () => void
}

/** Milliseconds after a session's first use before its index is tended: the first list comes first. */
const settleMs = 300
/** Milliseconds from the first of some changes until the index is tended: more of them may follow. */
const gatherMs = 2_000

export function openSealedIndex(options: SealedIndexOptions): SealedIndex {
  const limits = { ...defaultIndexLimits, ...options.limits }
  const timer = options.timer ?? systemTimer
  const worker = createMergeWorker(timer)
  const room = createCacheRoom(limits)
  const parts: IndexParts = { ...options, limits, worker }
  const open = new Map<VaultSession, OpenIndex>()
  let closed = false
  return {
    forSession(session) {
      if (closed) throw new Error("the sealed index is closed")
      const known = open.get(session)
      if (known !== undefined) return known
      for (const [other, index] of open) if (other.closed) index.close()
      let callOff: (() => void) | undefined
      const tendAfter = (ms: number): void => {
        callOff ??= timer.after(ms, () => {
          callOff = undefined
          if (session.closed) index.close()
          else index.news()
        })
      }
      const stop = options.onChange?.(session.account, () => tendAfter(gatherMs))
      const index = openAccountIndex(parts, room, session, () => {
        callOff?.()
        stop?.()
        open.delete(session)
      })
      tendAfter(settleMs)
      open.set(session, index)
      return index
    },
    async close() {
      closed = true
      const ending = [...open.values()]
      await worker.close()
      for (const index of ending) index.close()
      await Promise.all(ending.map(index => index.idle()))
    },
  }
}
