import { writtenValueLimit } from "./limits.ts"

/**
 * What strangers said, made fit for one line: no control characters, so that no line end of theirs makes a field of
 * ours, single spaces, a bounded length.
 */
export function clean(text: string, limit = writtenValueLimit): string {
  const line = text
    .slice(0, limit * 4)
    .toWellFormed()
    .replace(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+/gu, " ")
    .trim()
  return line.length <= limit ? line : `${line.slice(0, limit).toWellFormed().trimEnd()}…`
}

/** The same in ASCII alone. */
export function cleanAscii(text: string, limit = writtenValueLimit): string {
  return clean(text, limit)
    .replace(/…$/, "...")
    .replace(/[^\x20-\x7e]/gu, "?")
}

/**
 * Lines of at most `width` characters where words allow it; the first begins with `first`, the others with `indent`. None
 * passes the 998 octets of RFC 5322 §2.1.1: a word that would is cut into several.
 */
export function wrap(text: string, width: number, indent = "", first = ""): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(" ").flatMap(cutWord)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent + word
    } else line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  lines.push(line)
  return lines
}

const wordOctets = 900
/** Characters of at most four octets. */
const pieceLength = 200

function cutWord(word: string): string[] {
  if (Buffer.byteLength(word) <= wordOctets) return [word]
  const characters = Array.from(word)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += pieceLength)
    pieces.push(characters.slice(at, at + pieceLength).join(""))
  return pieces
}
