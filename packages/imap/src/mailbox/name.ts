/**
 * Names of mailboxes between the wire and Unicode. A name is in NFC, and INBOX as a first level is in capitals however
 * it was written (RFC 9051 §5.1). Which names a new mailbox may have is for those to say who keep mailboxes.
 */
import { isUtf8 } from "node:buffer"
import { astring, quotedUtf8 } from "../write/string.ts"
import { decodeUtf7, encodeUtf7 } from "./modified-utf7.ts"

export const hierarchySeparator = "/"

/**
 * What a client means by a name, or by a pattern of LIST; `wire` has one character an octet. `utf8`: the client has
 * enabled IMAP4rev2 or UTF8=ACCEPT (RFC 9051 §5.1, RFC 6855 §3). Undefined where it is no UTF-8, no modified UTF-7, or
 * has more combining marks on one letter than any writing has, which would take long to put into order: no mailbox is
 * called so.
 */
export function mailboxNameOf(wire: string, utf8: boolean): string | undefined {
  const name = utf8 ? textOfOctets(wire) : decodeUtf7(wire)
  return name === undefined || tooManyMarks.test(name) ? undefined : foldInbox(name.normalize("NFC"))
}

const tooManyMarks = /\p{M}{33}/u

export function writeMailboxName(name: string, utf8: boolean): string {
  return utf8 ? quotedUtf8(name) : astring(encodeUtf7(name))
}

/** "inbox" is INBOX, and "Inbox/x" is INBOX/x, so that no two names differ in that alone. */
export function foldInbox(name: string): string {
  return /^inbox(?=\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name
}

function textOfOctets(wire: string): string | undefined {
  const octets = Buffer.from(wire, "latin1")
  return isUtf8(octets) ? octets.toString("utf8") : undefined
}
