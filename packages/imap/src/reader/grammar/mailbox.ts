import type { Decoder } from "../decoder.ts"

/**
 * RFC 9051 §9: `mailbox = "INBOX" / astring`. It stays in its form on the wire, one character an octet:
 * whether it is UTF-8 or modified UTF-7 depends on what the client has enabled.
 */
export function mailbox(d: Decoder, after: string): string {
  return d.astring("the name of a mailbox", after)
}
