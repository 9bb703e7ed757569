import { type Broken, broken, order, syntax } from "../fault.ts"
import type { Command, Transaction } from "../session.ts"

/** RFC 5321 §4.1.1.4: `data = "DATA" CRLF` */
export const data: Command = (session, argument) => {
  if (argument !== "") return syntax("DATA takes no argument")
  const { transaction } = session
  if (transaction === undefined) return order("Say MAIL first")
  // RFC 3030 §2: DATA and BDAT do not mix in one transaction.
  if (transaction.chunking || transaction.failure !== undefined) return order("Go on with BDAT, or say RSET")
  return lacksRecipients(transaction) ?? { kind: "ask", question: { kind: "message-begin", by: "DATA" } }
}

/** RFC 5321 §3.3: 503 or 554 where no recipient was granted. */
export function lacksRecipients(transaction: Transaction): Broken | undefined {
  if (transaction.recipients > 0) return undefined
  if (transaction.refused === 0) return order("Say RCPT first")
  return broken("order", { code: 554, enhanced: "5.5.1", text: "No valid recipients" })
}
