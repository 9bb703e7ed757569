import { mailbox } from "../grammar/mailbox.ts"
import { newMessage } from "../grammar/new-message.ts"
import { sequenceNumber } from "../grammar/sequence-set.ts"
import type { Parser } from "./index.ts"

/** RFC 8508 §5: `replace = "REPLACE" SP seq-number SP mailbox append-message` */
export function replace(uid: boolean): Parser {
  return d => {
    d.sp("REPLACE")
    const number = sequenceNumber(d, "REPLACE")
    d.sp("the message's number")
    const to = mailbox(d, "the message's number")
    return { name: "REPLACE", uid, number, mailbox: to, message: newMessage(d, "the mailbox") }
  }
}
