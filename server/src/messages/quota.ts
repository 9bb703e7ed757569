/**
 * Is there room in an account? Asked at every RCPT, so the answer is kept for some seconds: an account can
 * exceed its quota by what arrives in them, and a message that was let in is not turned away for it later.
 */
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Clock } from "../ports/clock.ts"
import type { AccountId, Store, Tx } from "../store/index.ts"

export interface Quotas {
  /**
   * `bytes`: what the sender said that the message has; 0 where it did not. `besides`: octets of the account that lie in no
   * mailbox and count to its quota now; asked for only where there is one, and not kept.
   */
  hasRoom(account: AccountId, bytes: number, besides?: () => Promise<number>): Promise<boolean>
}

interface Known {
  readonly left: number
  readonly until: number
}

const keepMs = 5_000
const maxKnown = 50_000

export function createQuotas(store: Pick<Store, "sql">, clock: Clock): Quotas {
  const known = createBoundedMap<AccountId, Known>(maxKnown)
  const leftOf = async (account: AccountId): Promise<number> => {
    const now = clock.now()
    const kept = known.get(account)
    if (kept !== undefined && kept.until > now) return kept.left
    const [row] = await store.sql<{ used_bytes: number; quota_bytes: number | null }[]>`
      select used_bytes, quota_bytes from mail_state where account_id = ${account}`
    const left = row?.quota_bytes == null ? Number.POSITIVE_INFINITY : row.quota_bytes - row.used_bytes
    known.set(account, { left, until: now + keepMs })
    return left
  }
  return {
    async hasRoom(account, bytes, besides) {
      const left = await leftOf(account)
      if (besides === undefined || left === Number.POSITIVE_INFINITY || bytes >= left) return bytes < left
      return bytes + (await besides()) < left
    },
  }
}

/** `bytes` null: no limit. False when there is no such account. */
export async function setQuota(
  store: Pick<Store, "sql"> | { readonly sql: Tx },
  account: AccountId,
  bytes: number | null,
): Promise<boolean> {
  const done = await store.sql`update mail_state set quota_bytes = ${bytes} where account_id = ${account}`
  return done.count === 1
}
