import { mailbox } from "../grammar/mailbox.ts"
import type { Parser } from "./index.ts"

/** RFC 9051 §9: `delete = "DELETE" SP mailbox`, and SUBSCRIBE and UNSUBSCRIBE alike. */
export function named(name: "DELETE" | "SUBSCRIBE" | "UNSUBSCRIBE"): Parser {
  return d => {
    d.sp(name)
    return { name, mailbox: mailbox(d, name) }
  }
}

/** RFC 9051 §9: `rename = "RENAME" SP mailbox SP mailbox` */
export const rename: Parser = d => {
  d.sp("RENAME")
  const from = mailbox(d, "RENAME")
  d.sp("the first name")
  return { name: "RENAME", from, to: mailbox(d, "the first name") }
}
