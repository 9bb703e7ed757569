/**
 * Makes messages durable: the sealed body, the sealed entry, numbers, threads and the change log of every
 * recipient, in one transaction. Arrivals commit in small groups (see lane.ts).
 *
 * Promise: when `keep` resolves, the messages are on disk (`synchronous_commit`), all recipients' or none.
 */
import type { Chance } from "../ports/chance.ts"
import { systemTimer, type Timer } from "../ports/timer.ts"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Alongside } from "./alongside.ts"
import { type Delivery, sizeOf } from "./delivery.ts"
import { createLane, type LaneLimits } from "./lane.ts"
import type { Kept, KeyedDelivery } from "./rows.ts"
import { writeGroup } from "./write-group.ts"

export interface Keep {
  /**
   * All deliveries of one message, and what belongs to them: all are kept, or none. At most 1,000; none, where
   * something is written alongside.
   */
  keep(deliveries: readonly Delivery[], alongside?: Alongside): Promise<readonly Kept[]>
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>
}

export const defaultKeepLimits: LaneLimits = { groupMessages: 64, groupBytes: 8 * 1024 * 1024, gatherMs: 3 }

export function createKeep(
  store: Store,
  vaults: Pick<Vaults, "sealKeys">,
  chance: Chance,
  limits: LaneLimits = defaultKeepLimits,
  timer: Timer = systemTimer,
): Keep {
  const write = (deliveries: readonly KeyedDelivery[], alongside: readonly Alongside[]) =>
    writeGroup(store, deliveries, chance, alongside)
  // A large message takes seconds to write; the others do not wait for it.
  const ordinary = createLane(write, limits, timer)
  const large = createLane(write, limits, timer)
  return {
    async keep(deliveries, alongside) {
      const keys = await vaults.sealKeys(deliveries.map(delivery => delivery.account))
      const keyed = deliveries.map(delivery => {
        const key = keys.get(delivery.account)
        if (key === undefined) throw new Error("an account without a seal key")
        return { ...delivery, key }
      })
      const bytes = deliveries.reduce((sum, each) => sum + sizeOf(each), alongside?.bytes ?? 0)
      return await (bytes > limits.groupBytes ? large : ordinary).add(keyed, alongside, bytes)
    },
    async idle() {
      await Promise.all([ordinary.idle(), large.idle()])
    },
  }
}
