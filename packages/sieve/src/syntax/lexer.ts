/**
 * The words of a script.
 *
 *     identifier    = (ALPHA / "_") *(ALPHA / DIGIT / "_")                    RFC 5228 §8.1
 *     tag           = ":" identifier
 *     number        = 1*DIGIT [ "K" / "M" / "G" ]
 *     quoted-string = DQUOTE *(quoted-safe / "\" octet) DQUOTE
 *     multi-line    = "text:" *(SP / HTAB) (hash-comment / CRLF) *line "." CRLF
 *     comment       = "/" "*" … "*" "/" / "#" … CRLF
 *
 * A line may end with LF alone, as in a file on Unix; strings hold CRLF all the same. Nothing is looked at more often
 * than three times.
 */
import { type Position, SyntaxFaultError } from "../fault.ts"

export type Mark = ";" | "," | "(" | ")" | "[" | "]" | "{" | "}"

export type Token = { readonly at: Position } & (
  | { readonly kind: "identifier" | "tag" | "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "mark"; readonly value: Mark }
  | { readonly kind: "end" }
)

export interface Lexer {
  /** The next word; "end" again and again at the end. Throws SyntaxFaultError. */
  next(): Token
}

interface Cursor {
  readonly text: string
  at: number
  line: number
  lineStart: number
}

export function createLexer(text: string): Lexer {
  const cursor: Cursor = { text, at: 0, line: 1, lineStart: 0 }
  return {
    next() {
      skipWhite(cursor)
      return readToken(cursor)
    },
  }
}

function placeOf(cursor: Cursor): Position {
  return { line: cursor.line, column: cursor.at - cursor.lineStart + 1 }
}

/** Goes to `to`, counting the lines on the way. */
function moveTo(cursor: Cursor, to: number): void {
  for (let at = cursor.at; at < to; at += 1) {
    if (cursor.text.charCodeAt(at) !== 10) continue
    cursor.line += 1
    cursor.lineStart = at + 1
  }
  cursor.at = to
}

function skipWhite(cursor: Cursor): void {
  const { text } = cursor
  for (;;) {
    const char = text[cursor.at]
    if (char === " " || char === "\t" || char === "\r") cursor.at += 1
    else if (char === "\n") moveTo(cursor, cursor.at + 1)
    else if (char === "#") moveTo(cursor, endOfLine(text, cursor.at))
    else if (char === "/" && text[cursor.at + 1] === "*") skipBracketComment(cursor)
    else return
  }
}

function skipBracketComment(cursor: Cursor): void {
  const end = cursor.text.indexOf("*/", cursor.at + 2)
  if (end === -1)
    throw new SyntaxFaultError(placeOf(cursor), 'the comment that begins here has no "*/" at its end')
  moveTo(cursor, end + 2)
}

function endOfLine(text: string, from: number): number {
  const feed = text.indexOf("\n", from)
  return feed === -1 ? text.length : feed
}

function readToken(cursor: Cursor): Token {
  const at = placeOf(cursor)
  const char = cursor.text[cursor.at]
  if (char === undefined) return { kind: "end", at }
  if (isMark(char)) {
    cursor.at += 1
    return { kind: "mark", at, value: char }
  }
  if (char === '"') return { kind: "string", at, value: readQuoted(cursor, at) }
  if (isDigit(char)) return { kind: "number", at, value: readNumber(cursor, at) }
  if (char === ":") {
    cursor.at += 1
    const name = readName(cursor)
    if (name === "") throw new SyntaxFaultError(at, 'a ":" has to be followed by a name, as in ":contains"')
    return { kind: "tag", at, value: name.toLowerCase() }
  }
  const name = readName(cursor)
  if (name === "") throw new SyntaxFaultError(at, `${shownChar(char)} has no meaning here`)
  if (name.toLowerCase() === "text" && cursor.text[cursor.at] === ":") {
    cursor.at += 1
    return { kind: "string", at, value: readMultiLine(cursor, at) }
  }
  return { kind: "identifier", at, value: name.toLowerCase() }
}

function isMark(char: string): char is Mark {
  return ";,()[]{}".includes(char)
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9"
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && ((char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || char === "_")
}

function readName(cursor: Cursor): string {
  const start = cursor.at
  const { text } = cursor
  if (!isLetter(text[cursor.at])) return ""
  while (isLetter(text[cursor.at]) || isDigit(text[cursor.at])) cursor.at += 1
  return text.slice(start, cursor.at)
}

const factors: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** RFC 5228 §2.4.1 asks for 31 bits; here all that a double counts exactly. */
function readNumber(cursor: Cursor, at: Position): number {
  const start = cursor.at
  const { text } = cursor
  while (isDigit(text[cursor.at])) cursor.at += 1
  let value = Number(text.slice(start, cursor.at))
  const factor = factors[text[cursor.at]?.toLowerCase() ?? ""]
  if (factor !== undefined) {
    cursor.at += 1
    value *= factor
  }
  if (isLetter(text[cursor.at]) || isDigit(text[cursor.at]))
    throw new SyntaxFaultError(at, "a number ends with K, M, G or its last digit, and nothing may follow it")
  if (!Number.isSafeInteger(value)) throw new SyntaxFaultError(at, "the number is too large")
  return value
}

function readQuoted(cursor: Cursor, at: Position): string {
  const { text } = cursor
  let out = ""
  let from = cursor.at + 1
  for (let here = from; here < text.length; here += 1) {
    const char = text[here]
    if (char === '"') {
      out += text.slice(from, here)
      moveTo(cursor, here + 1)
      return cleanString(out, at)
    }
    if (char !== "\\") continue
    // RFC 5228 §2.4.2: a backslash before any other character is dropped.
    out += text.slice(from, here)
    from = here + 1
    here += 1
  }
  throw new SyntaxFaultError(at, "the string that begins here has no closing quotation mark")
}

function readMultiLine(cursor: Cursor, at: Position): string {
  const { text } = cursor
  while (text[cursor.at] === " " || text[cursor.at] === "\t") cursor.at += 1
  if (text[cursor.at] === "#") cursor.at = endOfLine(text, cursor.at)
  if (text[cursor.at] === "\r") cursor.at += 1
  if (text[cursor.at] !== "\n")
    throw new SyntaxFaultError(at, 'after "text:" the text has to begin on the next line')
  const lines: string[] = []
  for (let start = cursor.at + 1; start < text.length; ) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 ? text.length : feed
    const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end)
    if (line === ".") {
      moveTo(cursor, feed === -1 ? end : feed + 1)
      return cleanString(lines.join(""), at)
    }
    lines.push(`${line.startsWith("..") ? line.slice(1) : line}\r\n`)
    start = end + 1
  }
  throw new SyntaxFaultError(at, 'the text that begins here has no end: a line with "." alone')
}

function cleanString(value: string, at: Position): string {
  if (value.includes("\0")) throw new SyntaxFaultError(at, "a string may not hold the character NUL")
  return value.includes("\n") ? value.replace(/\r?\n/g, "\r\n") : value
}

function shownChar(char: string): string {
  return char > " " && char < "\x7f" ? `"${char}"` : `the character U+${hexOf(char)}`
}

function hexOf(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
}
