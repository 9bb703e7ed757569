import type { NewMessage } from "../../command.ts"
import { mailbox } from "../grammar/mailbox.ts"
import { newMessage } from "../grammar/new-message.ts"
import type { Parser } from "./index.ts"

/** RFC 9051 §9, RFC 3502 §6.3.11: `append = "APPEND" SP mailbox 1*append-message` */
export const append: Parser = d => {
  d.sp("APPEND")
  const to = mailbox(d, "APPEND")
  const messages: NewMessage[] = []
  do messages.push(newMessage(d, messages.length === 0 ? "the mailbox" : "a message"))
  while (d.peek() === " ")
  return { name: "APPEND", mailbox: to, messages }
}
