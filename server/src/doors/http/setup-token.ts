import { createHash, timingSafeEqual } from "node:crypto"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"

/**
 * The secret of the one-time link. Only its hash stays in memory; it is compared in constant time, and wrong
 * ones are rationed: 20 at once, then one every 3 seconds. Whoever uses that up keeps nobody out: the right one always
 * opens. It dies with the process.
 */
export interface SetupToken {
  /** 192 bits, base64url; for the link alone. */
  readonly secret: string
  check(offered: unknown): "right" | "wrong" | "slow-down"
}

const tokenBytes = 24
const wrongAtOnce = 20
const msToForgive = 3_000

export function createSetupToken(chance: Chance, clock: Clock): SetupToken {
  const secret = chance.bytes(tokenBytes).toString("base64url")
  const expected = digest(secret)
  let wrong = 0
  let countedAt = clock.now()
  return {
    secret,
    check(offered) {
      if (isSecret(offered) && timingSafeEqual(digest(offered), expected)) return "right"
      if (offered === undefined) return "wrong"
      const now = clock.now()
      wrong = Math.max(0, wrong - Math.max(0, now - countedAt) / msToForgive)
      countedAt = now
      if (wrong + 1 > wrongAtOnce) return "slow-down"
      wrong += 1
      return "wrong"
    },
  }
}

/** Where the page reads it: after `#`, which browsers do not send and nothing logs. */
export function setupLink(httpAddress: string, token: SetupToken): string {
  return `http://${httpAddress}/setup#token=${token.secret}`
}

export function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest()
}

export function isSecret(offered: unknown): offered is string {
  return typeof offered === "string" && offered.length >= 16 && offered.length <= 128
}
