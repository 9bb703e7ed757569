import type { AccountId, TableRows, Tx } from "../store/index.ts"

/** What is written in the transaction of a message that is kept: with it, or not at all. */
/** A row by the account that it is of and its number there. */
export interface RowPlace {
  readonly account: AccountId
  readonly id: number
}

/** Rows of one table, which whoever changes them locks before, in the order of their keys. */
export interface RowLocks {
  /** Tables are locked in the order of these numbers: each has its own. */
  readonly rank: number
  /** Called once a group, with the places that all its messages bring. Some of them may not be there. */
  readonly lock: (tx: Tx, places: readonly RowPlace[]) => Promise<unknown>
}

export interface Alongside {
  /** Adds rows of other tables, written after the messages. It is called again where a group is written again. */
  readonly addTo?: (tables: TableRows) => void
  /** Octets of these rows. */
  readonly bytes: number
  /**
   * Rows that `work` changes: those of a whole group are locked before any work of it begins. Each work that locked its
   * own would wait in a circle with whoever locks the same rows in another order.
   */
  readonly locks?: readonly { readonly of: RowLocks; readonly places: readonly RowPlace[] }[]
  /** Done when all is written; what it rejects with undoes all. It may be begun again, in another transaction. */
  readonly work?: (tx: Tx) => Promise<void>
  /** What is counted of an account: `add` is called once a group with the sums of all messages that bring it. */
  readonly tally?: {
    readonly account: AccountId
    readonly count: number
    readonly add: (tx: Tx, sums: ReadonlyMap<AccountId, number>) => Promise<void>
  }
  /** The same as `work`, but once a group, however many messages bring the same function. */
  readonly once?: (tx: Tx) => Promise<void>
}
