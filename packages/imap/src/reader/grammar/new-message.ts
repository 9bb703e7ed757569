import type { NewMessage } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { dateTime } from "./date.ts"
import { flagList } from "./flag.ts"

/**
 * RFC 9051 §9, RFC 3502 §6.3.11, RFC 3516, RFC 6855 §4:
 *
 *     append-message = [SP flag-list] [SP date-time] SP append-data
 *     append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")"
 *
 * The octets are not looked at. Departs from RFC 9051 §9 (CHAR8): a NUL is taken in a plain literal too, so that
 * a message can be brought back as it was.
 */
export function newMessage(d: Decoder, after: string): NewMessage {
  d.sp(after)
  const flagged = d.peek() === "("
  const flags = flagged ? flagList(d, after) : []
  if (flagged) d.sp("the flags")
  const dated = d.peek() === '"'
  const internalDate = dated ? dateTime(d, flagged ? "the flags" : after) : undefined
  if (dated) d.sp("the date")
  if (d.sees("UTF8")) {
    d.oneOf(["UTF8"], "UTF8")
    d.sp("UTF8")
    d.take("(", "UTF8")
    const { pieces, octets } = d.messageLiteral("literal8", "UTF8 (")
    d.take(")", "the message")
    return { flags, internalDate, pieces, octets, form: "utf8" }
  }
  const { pieces, octets, eight } = d.messageLiteral(
    "literal",
    dated ? "the date" : flagged ? "the flags" : after,
  )
  return { flags, internalDate, pieces, octets, form: eight ? "literal8" : "literal" }
}
