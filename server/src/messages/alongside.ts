import type { CopyRows, Tx } from "../store/index.ts"

/** What is written in the transaction of a message that is kept: with it, or not at all. */
export interface Alongside {
  /** Rows of other tables, for `store.copyIn`, written after the messages. */
  readonly rows: readonly CopyRows[]
  /** Octets of these. */
  readonly bytes: number
  /** A channel that hears of it, once for a group. */
  readonly wakes?: string
  /** Done last; what it rejects with undoes all. It may be begun again, in another transaction. */
  readonly work?: (tx: Tx) => Promise<void>
}
