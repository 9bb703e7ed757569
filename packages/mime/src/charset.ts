/**
 * Bytes to text by the name of a charset, through the platform's TextDecoder (WHATWG Encoding). A name that
 * nobody knows, or US-ASCII that is not, is read as UTF-8 where it is UTF-8 and as windows-1252 otherwise: an
 * answer always comes, and never throws.
 */
import { isUtf8 } from "node:buffer"
import { TextDecoder } from "node:util"

/** Decoders kept; a stranger chooses the labels. */
const DECODERS_LIMIT = 64
const decoders = new Map<string, TextDecoder>()
const western = new TextDecoder("windows-1252")

/** Names in mail that the Encoding standard does not list, or lists as something narrower. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["cp1250", "windows-1250"],
  ["cp1251", "windows-1251"],
  ["cp1252", "windows-1252"],
  ["cp932", "shift_jis"],
  ["cp936", "gbk"],
  ["cp949", "euc-kr"],
  ["cp950", "big5"],
  ["iso-8859-8-e", "iso-8859-8"],
  ["ks_c_5601", "euc-kr"],
])

export function windows1252(bytes: Uint8Array): string {
  return western.decode(bytes)
}

export function decodeCharset(bytes: Uint8Array, charset: string): string {
  const label = charset.trim().toLowerCase()
  if (label === "utf-8" || label === "utf8") return decodeUtf8(bytes)
  const decoder = decoderFor(label)
  if (decoder === undefined) return isUtf8(bytes) ? decodeUtf8(bytes) : western.decode(bytes)
  try {
    return decoder.decode(bytes)
  } catch {
    // ICU refuses some malformed streams of stateful charsets even when not fatal.
    return western.decode(bytes)
  }
}

/** A Buffer's own decoder replaces what is malformed as the TextDecoder does, in a fifth of the time. */
function decodeUtf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  return text.startsWith("\ufeff") ? text.slice(1) : text
}

function decoderFor(label: string): TextDecoder | undefined {
  if (label === "" || label === "us-ascii" || label === "ascii") return undefined
  const known = decoders.get(label)
  if (known !== undefined) return known
  try {
    const made = new TextDecoder(ALIASES.get(label) ?? label)
    if (decoders.size < DECODERS_LIMIT) decoders.set(label, made)
    return made
  } catch {
    return undefined
  }
}
