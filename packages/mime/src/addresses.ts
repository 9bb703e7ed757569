/**
 * Address lists of From, To and their kin, with everything obsolete that mail still holds.
 *
 *     address-list = (address *("," address)) / obs-addr-list    RFC 5322 §3.4, §4.4
 *     address      = mailbox / group
 *     mailbox      = [phrase] "<" [route] addr-spec ">" / addr-spec
 *     group        = phrase ":" [mailbox-list] ";"
 *     addr-spec    = local-part "@" domain                       RFC 5322 §3.4.1; UTF-8 by RFC 6532 §3.2
 *
 * A list is read word by word and never refused: a word without "@" is a mailbox without a domain, a missing
 * ">" or ";" ends with the field, empty elements are skipped.
 */
import { ADDRESSES_LIMIT } from "./limits.ts"
import { readComment, readQuoted } from "./tokens.ts"

export interface Mailbox {
  readonly kind: "mailbox"
  /** Display name without quotes, not decoded (`decodeWords`); a comment behind the address where there is none. */
  readonly name: string | undefined
  /** Source route such as "@a,@b" (RFC 5322 §4.4); undefined for nearly all. */
  readonly route: string | undefined
  /** Local part without its quoting, as ENVELOPE wants it (RFC 9051 §7.5.2). */
  readonly local: string
  /** As written, "" where the address has none. */
  readonly domain: string
}

export interface Group {
  readonly kind: "group"
  readonly name: string
  readonly members: readonly Mailbox[]
}

export type Address = Mailbox | Group

/** What has been read of the address at hand. */
interface Draft {
  /** Words of a phrase or local part, quotes taken off. */
  words: string[]
  /** The words joined as a local part wants it: no space around dots. */
  local: string
  /** `local` ends in a dot; asked of the last piece, since looking at a growing string copies it. */
  dotted: boolean
  comment: string | undefined
  angle: { route: string | undefined; local: string; domain: string } | undefined
  at: boolean
  domain: string
}

/** Unfolded text or not; at most ADDRESSES_LIMIT mailboxes and groups, the rest is left out. Never throws. */
export function parseAddressList(text: string): readonly Address[] {
  const list: Address[] = []
  let group: { name: string; members: Mailbox[] } | undefined
  let draft = emptyDraft()
  let count = 0
  const endMailbox = () => {
    const mailbox = mailboxOf(draft)
    draft = emptyDraft()
    if (mailbox === undefined) return
    count++
    if (group === undefined) list.push(mailbox)
    else group.members.push(mailbox)
  }
  const endGroup = () => {
    if (group !== undefined) list.push({ kind: "group", ...group })
    group = undefined
  }
  let at = 0
  while (at < text.length && count < ADDRESSES_LIMIT) {
    const code = text.charCodeAt(at)
    if (isSpace(code)) at++
    else if (code === COMMA) {
      endMailbox()
      at++
    } else if (code === SEMICOLON) {
      // Also what Outlook puts between two addresses.
      endMailbox()
      endGroup()
      at++
    } else if (code === COLON && group === undefined && !draft.at && draft.angle === undefined) {
      group = { name: draft.words.join(" "), members: [] }
      draft = emptyDraft()
      count++
      at++
    } else if (code === OPEN_COMMENT) {
      const comment = readComment(text, at)
      draft.comment = comment.value.trim()
      at = comment.end
    } else if (code === OPEN_ANGLE) at = readAngle(text, at + 1, draft)
    else at = readWord(text, at, draft)
  }
  endMailbox()
  endGroup()
  return list
}

const COMMA = 44
const SEMICOLON = 59
const COLON = 58
const OPEN_COMMENT = 40
const OPEN_ANGLE = 60
const CLOSE_ANGLE = 62
const AT = 64
const DQUOTE = 34
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const BACKSLASH = 92

function emptyDraft(): Draft {
  return { words: [], local: "", dotted: false, comment: undefined, angle: undefined, at: false, domain: "" }
}

function mailboxOf(draft: Draft): Mailbox | undefined {
  const comment = draft.comment === "" ? undefined : draft.comment
  if (draft.angle !== undefined) {
    const { route, local, domain } = draft.angle
    const phrase = draft.at ? `${draft.local}@${draft.domain}` : draft.words.join(" ")
    if (local === "" && domain === "" && phrase === "") return undefined
    return { kind: "mailbox", name: phrase === "" ? comment : phrase, route, local, domain }
  }
  if (draft.local === "" && draft.domain === "") return undefined
  return { kind: "mailbox", name: comment, route: undefined, local: draft.local, domain: draft.domain }
}

/** One atom, quoted string, domain literal or special outside of angle brackets. */
function readWord(text: string, at: number, draft: Draft): number {
  const code = text.charCodeAt(at)
  if (code === AT) {
    draft.at = true
    return at + 1
  }
  const piece = readPiece(text, at)
  if (draft.at) draft.domain += piece.value
  else {
    // obs-phrase lets dots stand free in a name, obs-local-part white space around them (RFC 5322 §4.1, §4.4).
    const glued = draft.local === "" || draft.dotted || piece.value.startsWith(".")
    draft.local += glued ? piece.value : ` ${piece.value}`
    draft.words.push(piece.value)
    draft.dotted = piece.value.endsWith(".")
  }
  return piece.end
}

function readPiece(text: string, at: number): { value: string; end: number } {
  const code = text.charCodeAt(at)
  if (code === DQUOTE) return readQuoted(text, at)
  if (code === OPEN_BRACKET) return readLiteral(text, at)
  if (code === BACKSLASH && at + 1 < text.length) return { value: text[at + 1] ?? "", end: at + 2 }
  let end = at + 1
  while (end < text.length && !endsAtom(text.charCodeAt(end))) end++
  return { value: text.slice(at, end), end }
}

/** Characters of a source route; a longer one is read as part of the address. */
const ROUTE_LIMIT = 1_000

/** Behind "<": route, local part, domain, up to ">" or a place where the address cannot go on. */
function readAngle(text: string, from: number, draft: Draft): number {
  const angle = { route: undefined as string | undefined, local: "", domain: "" }
  let inDomain = false
  let at = from
  if (text.charCodeAt(skipSpace(text, at)) === AT) {
    // obs-route = obs-domain-list ":" (RFC 5322 §4.4)
    const window = text.slice(at, at + ROUTE_LIMIT)
    const colon = window.indexOf(":")
    const close = window.indexOf(">")
    if (colon !== -1 && (close === -1 || colon < close)) {
      angle.route = window.slice(0, colon).replace(/\s+/g, "")
      at += colon + 1
    }
  }
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === CLOSE_ANGLE) {
      at++
      break
    }
    // A lost ">" must not swallow the rest of the list.
    if (inDomain && code === COMMA) break
    if (isSpace(code)) at++
    else if (code === OPEN_COMMENT) at = readComment(text, at).end
    else if (code === AT && !inDomain) {
      inDomain = true
      at++
    } else {
      const piece = readPiece(text, at)
      if (inDomain) angle.domain += piece.value
      else angle.local += piece.value
      at = piece.end
    }
  }
  draft.angle ??= angle
  return at
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

/** domain-literal = "[" *(FWS dtext) FWS "]" (RFC 5322 §3.4.1), brackets kept. */
function readLiteral(text: string, at: number): { value: string; end: number } {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === CLOSE_BRACKET) return { value: text.slice(at, end + 1).replace(/\s+/g, ""), end: end + 1 }
    if (code === COMMA || code === CLOSE_ANGLE || code === OPEN_ANGLE)
      return { value: text.slice(at, end), end }
  }
  return { value: text.slice(at), end: text.length }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

function endsAtom(code: number): boolean {
  return isSpace(code) || ATOM_ENDS.has(code)
}

// A dot stays inside: dot-atom and obs-phrase read alike.
const ATOM_ENDS: ReadonlySet<number> = new Set([
  DQUOTE,
  OPEN_COMMENT,
  COMMA,
  COLON,
  SEMICOLON,
  OPEN_ANGLE,
  CLOSE_ANGLE,
  AT,
  OPEN_BRACKET,
  BACKSLASH,
])

/** The mailboxes of a list, those of its groups among them. */
export function mailboxesOf(list: readonly Address[]): readonly Mailbox[] {
  return list.flatMap(address => (address.kind === "group" ? address.members : [address]))
}

/** local@domain as people write it; the local part alone where there is no domain. */
export function addressText(mailbox: Mailbox): string {
  return mailbox.domain === "" ? mailbox.local : `${mailbox.local}@${mailbox.domain}`
}
