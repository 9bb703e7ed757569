import type { TableRows, Tx } from "../store/index.ts"

/** What is written in the transaction of a message that is kept: with it, or not at all. */
export interface Alongside {
  /** Adds rows of other tables, written after the messages. It is called again where a group is written again. */
  readonly addTo?: (tables: TableRows) => void
  /** Octets of these rows. */
  readonly bytes: number
  /** Done when all is written; what it rejects with undoes all. It may be begun again, in another transaction. */
  readonly work?: (tx: Tx) => Promise<void>
  /** The same, but once a group, however many messages bring the same function. */
  readonly once?: (tx: Tx) => Promise<void>
}
