import type { Clock } from "../../ports/clock.ts"
import type { Ledger } from "../ledger/contract.ts"
import type { Category, Purpose, Recipient } from "../policy/index.ts"

/**
 * Many small values told to one recipient, such as questions to the DNS, are not written in the ledger one by one:
 * before the first leaves, "up to so many from now on" is durable, and before those are used up, the next so many.
 * What has left is therefore never more than the ledger says, whoever is killed when; a crash wastes a reservation
 * and loses nothing.
 */
export interface Reservations {
  /**
   * Resolves when one more value may leave. Rejects as the ledger does: then nothing leaves.
   *
   * `agreed` says which fields may go now, for the entry to name; it throws where nothing may, and `take` rejects so. It
   * is asked before anything is written, and again whenever something has been, since an agreement can end meanwhile.
   */
  take(purpose: Purpose, recipient: Recipient, agreed: () => readonly Category[]): Promise<void>
}

/** Values of a reservation: the fewer are asked, the closer the ledger comes to the truth. */
export const smallestReservation = 32
export const largestReservation = 4096
/** Milliseconds that a reservation is good for, so that the ledger says when, too. */
export const reservationLasts = 10 * 60_000

interface Reserved {
  readonly count: number
  left: number
  readonly until: number
}

interface Account {
  /** Used in their order: the one at work, and the next, written before it is needed. */
  held: Reserved[]
  size: number
  writing: Promise<void> | undefined
}

export function createReservations(ledger: Pick<Ledger, "recordNow">, clock: Clock): Reservations {
  const accounts = new Map<string, Account>()

  const write = async (
    account: Account,
    event: Pick<
      Extract<Parameters<Ledger["recordNow"]>[1], { kind: "disclosure" }>,
      "purpose" | "recipient" | "categories"
    >,
  ): Promise<void> => {
    const count = account.size
    // Good from before it was written: a moment too short, never too long.
    const until = clock.now() + reservationLasts
    await ledger.recordNow(null, { kind: "disclosure", ...event, count })
    account.held.push({ count, left: count, until })
  }
  /** Gives one away at once, if there is one. */
  const takeHeld = (account: Account): Reserved | undefined => {
    for (let first = account.held[0]; first !== undefined; first = account.held[0]) {
      const isOver = clock.now() >= first.until
      if (!isOver && first.left > 0) {
        first.left -= 1
        return first
      }
      account.held.shift()
      // Used up before its time: the next is larger. Out of time: smaller.
      account.size = isOver
        ? Math.max(smallestReservation, account.size / 2)
        : Math.min(largestReservation, account.size * 2)
    }
    return undefined
  }

  const accountFor = (purpose: Purpose, recipient: Recipient, categories: readonly Category[]) => {
    // With the fields: one that was written for fewer is not used for more.
    const key = [purpose, recipient, ...categories.toSorted()].join(" ")
    const account = accounts.get(key) ?? { held: [], size: smallestReservation, writing: undefined }
    accounts.set(key, account)
    return account
  }

  return {
    async take(purpose, recipient, agreed) {
      for (;;) {
        const categories = agreed()
        const account = accountFor(purpose, recipient, categories)
        const writeNext = (): Promise<void> => {
          account.writing ??= write(account, { purpose, recipient, categories }).finally(() => {
            account.writing = undefined
          })
          return account.writing
        }
        const taken = takeHeld(account)
        if (taken === undefined) {
          await writeNext()
          continue
        }
        // Whoever finds nothing left tries again, and hears of the failure.
        if (account.held.length === 1 && taken.left === Math.floor(taken.count / 4))
          writeNext().catch(() => undefined)
        return
      }
    },
  }
}
