/** Rows in the order given, in batches whose bodies can be held at once; a large message is a batch of its own. */
import type { MessageRow } from "../../../../messages/index.ts"

export type Batch =
  | { readonly kind: "held"; readonly rows: readonly MessageRow[] }
  | { readonly kind: "large"; readonly row: MessageRow }

/** Octets of a message that is held whole: most are smaller by far. */
export const heldOctets = 256 * 1024
/** Octets of a batch. */
const batchOctets = 1024 * 1024
/** Messages of a batch. */
const batchRows = 128

export function* batchesOf(rows: readonly MessageRow[]): Generator<Batch> {
  let batch: MessageRow[] = []
  let octets = 0
  for (const row of rows) {
    const large = row.size > heldOctets
    if (batch.length > 0 && (large || octets + row.size > batchOctets || batch.length === batchRows)) {
      yield { kind: "held", rows: batch }
      batch = []
      octets = 0
    }
    if (large) yield { kind: "large", row }
    else {
      batch.push(row)
      octets += row.size
    }
  }
  if (batch.length > 0) yield { kind: "held", rows: batch }
}
