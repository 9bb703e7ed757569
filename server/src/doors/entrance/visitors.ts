/** How many connections each account has at this node's door. */
import type { AccountId } from "../../store/ids.ts"

export interface Visitors {
  /** False where the account has as many as it may; else `leave` it once. */
  enter(account: AccountId): boolean
  leave(account: AccountId): void
  readonly total: number
}

export function createVisitors(perAccount: number): Visitors {
  const open = new Map<AccountId, number>()
  let total = 0
  return {
    enter(account) {
      const count = open.get(account) ?? 0
      if (count >= perAccount) return false
      open.set(account, count + 1)
      total += 1
      return true
    },
    leave(account) {
      const count = open.get(account) ?? 0
      if (count > 1) open.set(account, count - 1)
      else open.delete(account)
      total -= 1
    },
    get total() {
      return total
    },
  }
}
