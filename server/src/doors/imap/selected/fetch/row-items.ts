/** The items of a FETCH that the message's row answers. */
import { internalDate } from "@letterkeep/imap"
import { emailObjectId, type MessageRow, threadObjectId } from "../../../../messages/index.ts"
import type { Claims } from "../claims.ts"
import { writeFlags } from "../flags.ts"
import type { RowItem } from "./plan.ts"

const writers: Readonly<Record<RowItem, (row: MessageRow) => string>> = {
  UID: row => `UID ${row.uid}`,
  FLAGS: row => `FLAGS (${writeFlags(row)})`,
  INTERNALDATE: row => `INTERNALDATE ${internalDate(row.receivedAt)}`,
  "RFC822.SIZE": row => `RFC822.SIZE ${row.size}`,
  MODSEQ: row => `MODSEQ (${row.modseq})`, // RFC 7162 §3.1.4.2
  EMAILID: row => `EMAILID (${emailObjectId(row.email)})`, // RFC 8474 §5.1
  THREADID: row => `THREADID (${threadObjectId(row.thread)})`, // RFC 8474 §5.2
  SAVEDATE: row => `SAVEDATE ${internalDate(row.savedAt)}`, // RFC 8514 §4.2
}

/** The items with a space between two; "" for none. `claims` is told of each MODSEQ. */
export function rowItemsWriter(
  items: ReadonlySet<RowItem>,
  claims: Pick<Claims, "wrote">,
): (row: MessageRow) => string {
  const chosen = [...items].map(item => writers[item])
  const tellsModseq = items.has("MODSEQ")
  return row => {
    let text = ""
    if (tellsModseq) claims.wrote(row.modseq)
    for (const write of chosen) text += text === "" ? write(row) : ` ${write(row)}`
    return text
  }
}
