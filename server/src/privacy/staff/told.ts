import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { Clock } from "../../ports/clock.ts"
import type { AccountId } from "../../store/index.ts"

/**
 * Who was told today of which kind of look, so that nobody's inbox is flooded: one message a day (UTC) for each
 * command and person; further looks of that day stand in the ledger. Known to this process alone and bounded: what
 * is forgotten is told once more.
 */
const remembered = 100_000
const dayMs = 86_400_000

export function createTold(clock: Clock) {
  const days = createBoundedMap<string, number>(remembered)
  const underWay = new Map<string, Promise<void>>()
  return {
    /** Runs `tell` unless it was done today; a second call waits for the first. Rejects as `tell` does. */
    async once(account: AccountId, command: string, tell: () => Promise<void>): Promise<void> {
      const key = `${account} ${command}`
      const day = Math.floor(clock.now() / dayMs)
      const before = underWay.get(key)
      if (before !== undefined) return await before
      if (days.get(key) === day) return
      const telling = tell().then(() => days.set(key, day))
      underWay.set(key, telling)
      try {
        await telling
      } finally {
        underWay.delete(key)
      }
    },
  }
}
