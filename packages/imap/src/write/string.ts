/**
 * Strings of responses. All wire text of this package is a binary string, one character an octet, so that a whole
 * response is one `Buffer.from(text, "latin1")`; what comes in here is text in Unicode and goes out as UTF-8.
 *
 *     string  = quoted / literal                                   RFC 9051 §9
 *     quoted  = DQUOTE *QUOTED-CHAR DQUOTE
 *     literal = "{" number64 "}" CRLF *CHAR8                       no "+": that is for clients (RFC 7888 §3)
 *     nstring = string / nil
 *     astring = 1*ASTRING-CHAR / string
 *
 * Octets above 127 go into literals: a client that has enabled neither IMAP4rev2 nor UTF8=ACCEPT reads them
 * nowhere else. CR and LF may stand in literals alone, and NUL nowhere: it is left out.
 */

/** Octets of a quoted string; longer ones become literals, which need no line buffer on the other side. */
const quotedLimit = 1_024

/** UTF-8 octets of a text, one character each. */
export function octetsOfText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1")
}

export function quoted(text: string): string {
  return text.length <= quotedLimit && plain.test(text) ? `"${text}"` : escaped(text)
}

export function nstring(text: string | undefined): string {
  return text === undefined ? "NIL" : quoted(text)
}

/** An atom where it can be one. "NIL" is no word for a name: many clients read it as nothing. */
export function astring(text: string): string {
  return text.length <= quotedLimit && atom.test(text) && !nil.test(text) ? text : quoted(text)
}

/** Octets given as a binary string; a literal whatever they are. */
export function literal(octets: string): string {
  return `{${octets.length}}\r\n${octets}`
}

/**
 * A quoted string that may hold UTF-8, for clients that have enabled it (RFC 9051 §9 QUOTED-CHAR, RFC 6855 §3).
 */
export function quotedUtf8(text: string): string {
  if (text.length > quotedLimit || lineEndOrNul.test(text)) return quoted(text)
  return `"${octetsOfText(text.replace(/["\\]/g, "\\$&"))}"`
}

function escaped(text: string): string {
  if (text.length <= quotedLimit && quotable.test(text)) return `"${text.replace(/["\\]/g, "\\$&")}"`
  return literal(octetsOfText(text.includes("\0") ? text.replaceAll("\0", "") : text))
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text)
}

/** Nothing to escape. Control characters are TEXT-CHARs but for NUL, CR and LF; few clients know. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const quotable = /^[\x09\x20-\x7e]*$/
/** ASTRING-CHAR: CHAR but "(" ")" "{" SP CTL "%" "*" DQUOTE "\"; "]" may be one (RFC 9051 §9). */
const atom = /^[\x21\x23\x24\x26\x27\x2b-\x5b\x5d-\x7a\x7c-\x7e]+$/
const nil = /^nil$/i
const lineEndOrNul = /[\r\n\0]/
