import { createHash } from "node:crypto"
import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { Clock } from "../../ports/clock.ts"
import type { AccountId } from "../../store/index.ts"

/**
 * Who was told today of which looks, so that nobody's inbox is flooded: on a day (UTC) one message for each command
 * and reason, TOLD_LIMIT for one command; further looks of that day stand in the ledger. Of reasons it keeps hashes.
 * Known to this process alone and bounded: what is forgotten is told once more.
 */
const remembered = 100_000
const dayMs = 86_400_000
/** Messages that one person gets of one command on one day. */
export const TOLD_LIMIT = 5

interface Today {
  readonly day: number
  /** Hashes of the reasons that the person was told. */
  readonly told: Set<string>
  readonly underWay: Map<string, Promise<void>>
}

export interface ToldOf {
  readonly account: AccountId
  readonly command: string
  readonly reason: string
}

export function createTold(clock: Clock) {
  const known = createBoundedMap<string, Today>(remembered)

  function today({ account, command }: ToldOf): Today {
    const key = `${account} ${command}`
    const day = Math.floor(clock.now() / dayMs)
    const found = known.get(key)
    if (found?.day === day) return found
    const begun = { day, told: new Set<string>(), underWay: new Map<string, Promise<void>>() }
    known.set(key, begun)
    return begun
  }

  return {
    /**
     * Runs `tell` unless that was done today for this reason, or TOLD_LIMIT times for others; a second call for the
     * same waits for the first. Rejects as `tell` does.
     */
    async once(of: ToldOf, tell: () => Promise<void>): Promise<void> {
      const reason = createHash("sha256").update(of.reason).digest("base64url")
      const { told, underWay } = today(of)
      for (;;) {
        if (told.has(reason)) return
        const before = underWay.get(reason)
        if (before !== undefined) return await before
        if (told.size >= TOLD_LIMIT) return
        if (told.size + underWay.size < TOLD_LIMIT) break
        // full only if all of these succeed; each round ends at least one
        await Promise.allSettled(underWay.values())
      }
      const telling = Promise.resolve()
        .then(tell)
        .then(() => void told.add(reason))
        .finally(() => underWay.delete(reason))
      underWay.set(reason, telling)
      await telling
    },
  }
}
