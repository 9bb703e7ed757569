/**
 * Content-Transfer-Encoding undone: base64 and quoted-printable (RFC 2045 §6.7, §6.8). Others, unknown ones
 * among them, are taken as they are.
 */
import { hexPair } from "./hex.ts"

/** Body bytes decoded; at most about `limit` decoded bytes, so that a preview costs no whole attachment. */
export function decodeTransfer(bytes: Buffer, encoding: string, limit = Number.POSITIVE_INFINITY): Buffer {
  switch (encoding) {
    case "base64":
      return decodeBase64(bytes, limit)
    case "quoted-printable":
      return decodeQuotedPrintable(head(bytes, limit * 3 + 3)).subarray(0, limit)
    default:
      return head(bytes, limit)
  }
}

/** Characters outside of the alphabet are ignored (RFC 2045 §6.8); four carry three octets, line ends apart. */
function decodeBase64(bytes: Buffer, limit: number): Buffer {
  const text = head(bytes, Math.ceil(limit / 3) * 4 * 1.1 + 8).toString("latin1")
  return Buffer.from(text, "base64").subarray(0, limit)
}

function head(bytes: Buffer, limit: number): Buffer {
  return limit >= bytes.length ? bytes : bytes.subarray(0, Math.floor(limit))
}

const EQUALS = 61
const LF = 10
const CR = 13

/** Soft line breaks and trailing white space go, what is no "=" and two digits stays as it is (§6.7). */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  /** Where the white space begins that ends what was written so far. */
  let solid = 0
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] ?? 0
    if (code === LF || (code === CR && bytes[at + 1] === LF)) length = solid
    if (code === EQUALS) {
      const octet = hexPair(bytes, at + 1)
      const breakEnd = octet === -1 ? softBreak(bytes, at + 1) : -1
      if (breakEnd !== -1) at = breakEnd - 1
      else {
        out[length++] = octet === -1 ? code : octet
        if (octet !== -1) at += 2
      }
      solid = length
    } else {
      out[length++] = code
      if (code !== 32 && code !== 9) solid = length
    }
  }
  return out.subarray(0, length)
}

/** Behind "=" *WSP line end, or -1. White space there is looked at once more only when no break follows. */
function softBreak(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && at - from < PADDING_LIMIT && (bytes[at] === 32 || bytes[at] === 9)) at++
  if (bytes[at] === LF) return at + 1
  if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2
  return at >= bytes.length ? at : -1
}

/** White space that relays may have put behind a soft line break. */
const PADDING_LIMIT = 76
