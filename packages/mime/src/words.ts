/**
 * Encoded words in header text.
 *
 *     encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="   RFC 2047 §2, RFC 2231 §5
 *
 * White space between two of them is no text (RFC 2047 §6.2). Neighbours of one charset and encoding are
 * decoded together: many senders split a character over two words, which RFC 2047 §5 forbids. What is not
 * quite an encoded word stays as it is.
 */
import { decodeCharset } from "./charset.ts"
import { hexPair } from "./hex.ts"

interface Word {
  readonly charset: string
  readonly bytes: Buffer
  readonly end: number
}

export function decodeWords(text: string): string {
  let start = text.indexOf("=?")
  if (start === -1) return text
  let out = ""
  let from = 0
  let pending: { charset: string; pieces: Buffer[] } | undefined
  const flush = () => {
    if (pending !== undefined) out += decodeCharset(Buffer.concat(pending.pieces), pending.charset)
    pending = undefined
  }
  while (start !== -1) {
    const word = readWord(text, start)
    if (word === undefined) {
      start = text.indexOf("=?", start + 2)
      continue
    }
    const between = text.slice(from, start)
    if (pending === undefined || !isWhite(between)) {
      flush()
      out += between
    }
    if (pending?.charset !== word.charset) {
      flush()
      pending = { charset: word.charset, pieces: [] }
    }
    pending.pieces.push(word.bytes)
    from = word.end
    start = text.indexOf("=?", from)
  }
  flush()
  return out + text.slice(from)
}

/** Each question mark ends the piece before it, so that a search never runs further than the next one. */
function readWord(text: string, start: number): Word | undefined {
  const charsetEnd = text.indexOf("?", start + 2)
  if (charsetEnd === -1 || text[charsetEnd + 2] !== "?") return undefined
  const encoding = text[charsetEnd + 1]?.toLowerCase()
  if (encoding !== "b" && encoding !== "q") return undefined
  const textEnd = text.indexOf("?", charsetEnd + 3)
  if (textEnd === -1 || text[textEnd + 1] !== "=") return undefined
  const label = text.slice(start + 2, charsetEnd)
  if (label === "" || label.length > 60 || /\s/.test(label)) return undefined
  const star = label.indexOf("*")
  const encoded = text.slice(charsetEnd + 3, textEnd)
  return {
    charset: (star === -1 ? label : label.slice(0, star)).toLowerCase(),
    bytes: encoding === "b" ? Buffer.from(encoded, "base64") : decodeQ(encoded),
    end: textEnd + 2,
  }
}

/** The "Q" encoding: "_" is a space, "=" and two digits an octet (RFC 2047 §4.2). */
function decodeQ(encoded: string): Buffer {
  const source = Buffer.from(encoded, "utf8")
  const out = Buffer.allocUnsafe(source.length)
  let length = 0
  for (let at = 0; at < source.length; at++) {
    const code = source[at] ?? 0
    const octet = code === 61 ? hexPair(source, at + 1) : -1
    if (octet !== -1) {
      out[length++] = octet
      at += 2
    } else out[length++] = code === 95 ? 32 : code
  }
  return out.subarray(0, length)
}

function isWhite(text: string): boolean {
  return text.trim() === ""
}
