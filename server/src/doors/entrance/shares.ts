/** The byte budget of the door, with a bound for each account: who brings much leaves room for others. */
import type { AccountId } from "../../store/ids.ts"
import type { ByteBudget } from "./byte-budget.ts"

export interface Shares {
  /** Takes `octets`, or nothing where the account or the door has not so many left. */
  take(account: AccountId, octets: number): boolean
  giveBack(account: AccountId, octets: number): void
  /** See `ByteBudget`. */
  readonly isCrowded: boolean
}

export function createShares(budget: ByteBudget, perAccount: number): Shares {
  const taken = new Map<AccountId, number>()
  return {
    take(account, octets) {
      const all = (taken.get(account) ?? 0) + octets
      if (all > perAccount || !budget.take(octets)) return false
      taken.set(account, all)
      return true
    },
    giveBack(account, octets) {
      budget.giveBack(octets)
      const left = (taken.get(account) ?? 0) - octets
      if (left > 0) taken.set(account, left)
      else taken.delete(account)
    },
    get isCrowded() {
      return budget.isCrowded
    },
  }
}
