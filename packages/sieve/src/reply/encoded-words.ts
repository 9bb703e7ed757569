/**
 * Text for header fields.
 *
 *     encoded-word = "=?" charset "?" encoding "?" encoded-text "?="          RFC 2047 §2
 *
 * A word has 75 characters at most, its line 76, and no character is cut in two (§2, §5). Of the two encodings the one
 * that is shorter is taken. ASCII is not encoded.
 */

/** Characters of a line with an encoded word in it. */
const lineLength = 76
/** Of an encoded word. */
const wordLength = 75
const opening = "=?utf-8?q?".length
const overhead = opening + "?=".length

/** One line's worth of text: control characters, line ends among them, are spaces. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\0-\x1f\x7f]+/g, " ")
    .trim()
}

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

/** Encoded words with folds between them; `used` characters stand on the first line already. */
export function encodeWords(text: string, used: number): string {
  const encode = isShorterInQ(text) ? quoted : inBase64
  const words: string[] = []
  let word = ""
  let room = Math.min(wordLength, lineLength - used) - overhead
  for (const character of text) {
    if (encode.length(word + character) > room && word !== "") {
      words.push(encode.word(word))
      word = ""
      room = Math.min(wordLength, lineLength - 1) - overhead
    }
    word += character
  }
  return [...words, encode.word(word)].join("\r\n ")
}

interface Encoding {
  readonly length: (text: string) => number
  readonly word: (text: string) => string
}

const quoted: Encoding = {
  length: text => q(text).length,
  word: text => `=?utf-8?q?${q(text)}?=`,
}

const inBase64: Encoding = {
  length: text => Math.ceil(Buffer.byteLength(text, "utf8") / 3) * 4,
  word: text => `=?utf-8?b?${Buffer.from(text, "utf8").toString("base64")}?=`,
}

function isShorterInQ(text: string): boolean {
  return quoted.length(text) <= inBase64.length(text)
}

/** What may stand in a phrase as well (RFC 2047 §5, item 3). */
function q(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), octet => {
    const character = String.fromCharCode(octet)
    if (octet === 0x20) return "_"
    if (/[A-Za-z0-9!*+\-/]/.test(character)) return character
    return `=${octet.toString(16).toUpperCase().padStart(2, "0")}`
  }).join("")
}

/** ASCII, broken at its spaces: a line ends before it has 76 characters where there is a space to end it at. */
export function foldAscii(text: string, used: number): string {
  let out = ""
  let length = used
  for (const [index, word] of text.split(" ").entries()) {
    if (index > 0 && length + 1 + word.length > lineLength && out.trim() !== "" && word !== "") {
      out += `\r\n ${word}`
      length = 1 + word.length
    } else {
      out += index === 0 ? word : ` ${word}`
      length += word.length + (index === 0 ? 0 : 1)
    }
  }
  return out
}
