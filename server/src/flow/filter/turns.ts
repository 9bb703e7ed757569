/** One after the other for each account: what a filter remembers of one message must be there when the next one asks. */
import type { AccountId } from "../../store/ids.ts"

export type Turns = <T>(accounts: readonly AccountId[], work: () => Promise<T>) => Promise<T>

/** In this process; another node may be quicker by a message. As many wait as the doors have messages in hand. */
export function createTurns(): Turns {
  const last = new Map<AccountId, Promise<void>>()
  return async (accounts, work) => {
    const mine = Promise.withResolvers<void>()
    // All places are taken at once, so two messages for the same people never wait for each other.
    const before = accounts.map(account => last.get(account))
    for (const account of accounts) last.set(account, mine.promise)
    try {
      await Promise.all(before)
      return await work()
    } finally {
      mine.resolve()
      for (const account of accounts) if (last.get(account) === mine.promise) last.delete(account)
    }
  }
}
