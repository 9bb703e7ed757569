/**
 * Names of mailboxes: between the wire and Unicode, and which may be given to a new one. Levels are parted by "/".
 * A name is in NFC, and INBOX as a first level is in capitals however it was written (RFC 9051 §5.1).
 */
import { isUtf8 } from "node:buffer"
import { astring, quotedUtf8 } from "../write/string.ts"
import { decodeUtf7, encodeUtf7 } from "./modified-utf7.ts"

export const hierarchySeparator = "/"

export const mailboxNameLimits = {
  /** Octets of UTF-8 of the whole name. */
  octets: 1_024,
  /** Octets of UTF-8 of one level. */
  level: 255,
  levels: 32,
} as const

/**
 * What a client means by a name, or by a pattern of LIST; `wire` has one character an octet. `utf8`: the client has
 * enabled IMAP4rev2 or UTF8=ACCEPT (RFC 9051 §5.1, RFC 6855 §3). Undefined where it is no UTF-8, or no modified UTF-7:
 * no mailbox is called so.
 */
export function mailboxNameOf(wire: string, utf8: boolean): string | undefined {
  const name = utf8 ? textOfOctets(wire) : decodeUtf7(wire)
  return name === undefined ? undefined : foldInbox(name.normalize("NFC"))
}

export function writeMailboxName(name: string, utf8: boolean): string {
  return utf8 ? quotedUtf8(name) : astring(encodeUtf7(name))
}

/** "inbox" is INBOX, and "Inbox/x" is INBOX/x, so that no two names differ in that alone. */
export function foldInbox(name: string): string {
  return /^inbox(?=\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name
}

export type MailboxNameVerdict =
  /** As it is kept. */
  | { readonly kind: "good"; readonly name: string }
  /** Why not, for the person. */
  | { readonly kind: "bad"; readonly sentence: string }

/**
 * May a mailbox be called so? A "/" at the end says that there will be others below it, and is no part of the name
 * (RFC 9051 §6.3.4).
 */
export function checkMailboxName(wanted: string): MailboxNameVerdict {
  const name = foldInbox(wanted.normalize("NFC").replace(/\/$/, ""))
  const levels = name.split(hierarchySeparator)
  const bad = (sentence: string): MailboxNameVerdict => ({ kind: "bad", sentence })
  if (name === "") return bad("A mailbox needs a name.")
  if (levels.includes("")) return bad('A mailbox name has no empty levels: one "/" parts two names.')
  // RFC 9051 §5.1: not with the wildcards of LIST.
  if (/[%*]/.test(name)) return bad('A mailbox name holds neither "%" nor "*": LIST reads them as wildcards.')
  // RFC 9051 §5.1.2.1: "#" at the beginning would name a namespace.
  if (name.startsWith("#")) return bad('A mailbox name does not begin with "#".')
  if (!name.isWellFormed() || invisible.test(name))
    return bad("A mailbox name holds no control characters, and no line ends.")
  if (levels.length > mailboxNameLimits.levels)
    return bad(`A mailbox lies at most ${mailboxNameLimits.levels} levels deep.`)
  if (levels.some(level => Buffer.byteLength(level) > mailboxNameLimits.level))
    return bad(`A level of a mailbox name has at most ${mailboxNameLimits.level} octets.`)
  if (Buffer.byteLength(name) > mailboxNameLimits.octets)
    return bad(`A mailbox name has at most ${mailboxNameLimits.octets} octets.`)
  return { kind: "good", name }
}

/** Control characters, line and paragraph separators, and what is no character. */
const invisible = /[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufeff]/u

function textOfOctets(wire: string): string | undefined {
  const octets = Buffer.from(wire, "latin1")
  return isUtf8(octets) ? octets.toString("utf8") : undefined
}
