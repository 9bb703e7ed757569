/**
 * Mail addresses, and the one form in which we keep our own.
 *
 *     address    = local-part "@" domain              RFC 5321 §4.1.2; the last "@" divides
 *     local-part = dot-string / quoted-string         at most 64 octets (§4.5.3.1.1)
 *     dot-string = atom *("." atom)                   atoms: RFC 5322 §3.2.3, and any letter beyond ASCII
 *                                                     (RFC 6531 §3.3)
 *
 * Kept form: local part in lower case and NFC (two spellings of one name are one mailbox), domain in lower-case
 * A-labels. A quoted local part is the same mailbox as its unquoted one (RFC 5321 §4.1.2). What follows the
 * first "+" of a local part is a tag: it says nothing of whose the mailbox is.
 */
import { normaliseDomain } from "./domain.ts"

const MAX_LOCAL = 64
const MAX_ADDRESS = 254 // RFC 5321 §4.5.3.1.3: a path of 256 octets holds "<" and ">" too
const MAX_TEXT = 1024

/** Text that is at work: no separator, no control, no space, no symbol that atoms do not have. */
const dotString = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u

export interface Address {
  /** Kept form, tag and all. */
  readonly address: string
  readonly local: string
  /** The local part without its tag: equal to `local` where there is none. */
  readonly untagged: string
  /** A-labels. */
  readonly domain: string
}

/** The address in its kept form, or undefined when the text is none that one of our mailboxes could have. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > MAX_TEXT) return undefined
  const at = text.lastIndexOf("@")
  if (at < 1) return undefined
  const domain = normaliseDomain(text.slice(at + 1))
  const local = normaliseLocal(text.slice(0, at))
  if (domain === undefined || local === undefined) return undefined
  const address = `${local}@${domain}`
  if (Buffer.byteLength(address) > MAX_ADDRESS) return undefined
  const plus = local.indexOf("+")
  return { address, local, untagged: plus < 1 ? local : local.slice(0, plus), domain }
}

function normaliseLocal(text: string): string | undefined {
  const bare = text.startsWith('"') ? unquote(text) : text
  if (bare === undefined) return undefined
  // Lower case may undo a composition, so NFC comes last.
  const local = bare.normalize("NFC").toLowerCase().normalize("NFC")
  if (Buffer.byteLength(local) > MAX_LOCAL) return undefined
  return dotString.test(local) ? local : undefined
}

/** RFC 5321 §4.1.2: Quoted-string = DQUOTE *(qtextSMTP / "\" %d32-126) DQUOTE. */
function unquote(text: string): string | undefined {
  if (text.length < 2 || !text.endsWith('"')) return undefined
  let bare = ""
  for (let at = 1; at < text.length - 1; at++) {
    const char = text.charAt(at)
    if (char === '"') return undefined
    if (char === "\\") {
      at += 1
      if (at === text.length - 1) return undefined
    }
    bare += text.charAt(at)
  }
  return bare
}
