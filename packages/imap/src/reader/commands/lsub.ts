import { mailbox, mailboxPattern } from "../grammar/mailbox.ts"
import type { Parser } from "./index.ts"

/** RFC 3501 §9: `lsub = "LSUB" SP mailbox SP list-mailbox` */
export const lsub: Parser = d => {
  d.sp("LSUB")
  const reference = mailbox(d, "LSUB")
  d.sp("the reference")
  return { name: "LSUB", reference, pattern: mailboxPattern(d, "the reference") }
}
