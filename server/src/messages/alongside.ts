import type { AccountId, TableRows, Tx } from "../store/index.ts"

/** What is written in the transaction of a message that is kept: with it, or not at all. */
export interface Alongside {
  /** Adds rows of other tables, written after the messages. It is called again where a group is written again. */
  readonly addTo?: (tables: TableRows) => void
  /** Octets of these rows. */
  readonly bytes: number
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
