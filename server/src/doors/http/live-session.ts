import { timingSafeEqual } from "node:crypto"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { SetupSession } from "./setup-service.ts"
import { digest, isSecret } from "./setup-token.ts"

/**
 * The first person's session between making the account and leaving the page. There is one at most, since there
 * is one first person. Its secret lives in the memory of the browser's tab; here lies its hash. It ends when it
 * is left, when nothing was asked of it for 15 minutes, or when the account's credentials changed elsewhere; then
 * the keys that it holds are let go.
 */
export interface LiveSession {
  /** Holds the session and gives its secret. One that was held before is closed. */
  hold(session: SetupSession): string
  /** Finding counts as use. */
  find(secret: unknown): SetupSession | undefined
  /** Closes it if it was idle for too long or has ended; to be called every minute or so. */
  sweep(): void
  close(): void
}

const idleMs = 15 * 60_000
const secretBytes = 24

export function createLiveSession(chance: Chance, clock: Clock): LiveSession {
  let held: { session: SetupSession; hash: Buffer; usedAt: number } | undefined
  const close = () => {
    held?.session.close()
    held = undefined
  }
  const sweep = () => {
    if (held !== undefined && (clock.now() - held.usedAt >= idleMs || held.session.isOver())) close()
  }
  return {
    hold(session) {
      close()
      const secret = chance.bytes(secretBytes).toString("base64url")
      held = { session, hash: digest(secret), usedAt: clock.now() }
      return secret
    },
    find(secret) {
      sweep()
      if (held === undefined || !isSecret(secret) || !timingSafeEqual(digest(secret), held.hash))
        return undefined
      held.usedAt = clock.now()
      return held.session
    },
    sweep,
    close,
  }
}
