import { isUtf8 } from "node:buffer"
import type { Decoder } from "../decoder.ts"

/** RFC 9051 §4.3: 8-bit text is UTF-8. `octets` has one character an octet; undefined where it is not well formed. */
export function utf8Text(octets: string): string | undefined {
  if (isAscii(octets)) return octets
  const bytes = Buffer.from(octets, "latin1")
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined
}

/** An astring that holds text. */
export function textString(d: Decoder, what: string, after?: string): string {
  return checked(d, d.astring(what, after), what, after)
}

export function checked(d: Decoder, octets: string, what: string, after?: string): string {
  const text = utf8Text(octets)
  if (text === undefined) throw d.expected(`${what} in UTF-8`, after)
  return text
}

/** Printable ASCII, not empty. */
export function isPlainText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}
