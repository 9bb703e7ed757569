import type { Decoder } from "../decoder.ts"
import { checked } from "./text.ts"

/**
 * RFC 9051 §9: `mailbox = "INBOX" / astring`. It stays in its form on the wire, one character an octet:
 * whether it is UTF-8 or modified UTF-7 depends on what the client has enabled.
 */
export function mailbox(d: Decoder, after: string): string {
  return utf8WhereQuoted(d, "the name of a mailbox", after, what => d.astring(what, after))
}

/** `list-mailbox = 1*list-char / string` */
export function mailboxPattern(d: Decoder, after: string): string {
  return utf8WhereQuoted(d, "a mailbox name or pattern", after, what => d.listMailbox(what, after))
}

/** RFC 6855 §3: 8-bit octets of a quoted string that are no UTF-8 are a fault; a literal may hold anything. */
function utf8WhereQuoted(d: Decoder, what: string, after: string, take: (what: string) => string): string {
  const quoted = d.peek() === '"'
  const octets = take(what)
  if (quoted) checked(d, octets, what, after)
  return octets
}
