/**
 * Strings of a script, ready to be used: constant, or with variables to be put in at each run.
 *
 *     encoded-arb-octets    = "${hex:" hex-pair-seq "}"                      RFC 5228 §2.4.2.4
 *     encoded-unicode-char  = "${unicode:" unicode-hex-seq "}"
 *     variable-ref          = "${" [namespace] variable-name "}"             RFC 5229 §3
 *     variable-name         = num-variable / identifier
 *     namespace             = identifier "." *(variable-name ".")
 *
 * Encoded characters are read first, variables in what they give. What only looks like either stays as it is.
 */
import { isUtf8 } from "node:buffer"
import type { Position } from "../fault.ts"
import { lastMatchVariable } from "../limits.ts"

export type TextPiece =
  | string
  /** A name in lower case. */
  | { readonly kind: "variable"; readonly name: string }
  /** What the nth wildcard of the last `:matches` stood for; 0 is the whole value. */
  | { readonly kind: "match"; readonly number: number }

export interface Text {
  readonly at: Position
  /** Neighbours are never both constant; none for the empty string. */
  readonly pieces: readonly TextPiece[]
}

export type TextRead =
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "faulty"; readonly text: string }

export interface TextRules {
  readonly encodedCharacters: boolean
  readonly variables: boolean
}

export function readText(value: string, at: Position, rules: TextRules): TextRead {
  const decoded = rules.encodedCharacters ? decodeCharacters(value) : value
  if (decoded === undefined)
    return { kind: "faulty", text: "an encoded character is none of Unicode's, or its octets are not UTF-8" }
  if (!rules.variables) return { kind: "text", text: { at, pieces: decoded === "" ? [] : [decoded] } }
  const pieces = readVariables(decoded)
  return typeof pieces === "string"
    ? { kind: "faulty", text: pieces }
    : { kind: "text", text: { at, pieces } }
}

/** The value of a text without variables. */
export function constantOf(text: Text): string | undefined {
  const [first, ...more] = text.pieces
  if (first === undefined) return ""
  return more.length === 0 && typeof first === "string" ? first : undefined
}

// A search that fails ends at the next "$" at the latest, so each character is looked at a bounded number of times.
const encoded = /\$\{(hex|unicode):([ \t\r\n0-9a-f]*)\}/gi

function decodeCharacters(value: string): string | undefined {
  if (!value.includes("${")) return value
  const pieces: Buffer[] = []
  let from = 0
  for (const match of value.matchAll(encoded)) {
    const [whole, kind = "", digits = ""] = match
    const numbers = digits.trim().split(/[ \t\r\n]+/)
    const isHex = kind.toLowerCase() === "hex"
    if (numbers[0] === "" || (isHex && numbers.some(number => number.length > 2))) continue
    const bytes = isHex ? Buffer.from(numbers.map(number => Number.parseInt(number, 16))) : unicodeOf(numbers)
    if (bytes === undefined) return undefined
    pieces.push(Buffer.from(value.slice(from, match.index), "utf8"), bytes)
    from = match.index + whole.length
  }
  if (from === 0) return value
  const all = Buffer.concat([...pieces, Buffer.from(value.slice(from), "utf8")])
  return isUtf8(all) ? all.toString("utf8") : undefined
}

/** unicode-hex = %x0-D7FF / %xE000-10FFFF; leading zeros at will. */
function unicodeOf(numbers: readonly string[]): Buffer | undefined {
  let text = ""
  for (const number of numbers) {
    const code = Number.parseInt(number, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
    text += String.fromCodePoint(code)
  }
  return Buffer.from(text, "utf8")
}

const reference = /\$\{(?:(\d+)|([a-z_][a-z0-9_]*)((?:\.[a-z0-9_]+)*))\}/gi

/** A sentence where a namespace or a number is unknown: there are no namespaces here (RFC 5229 §3, §6). */
function readVariables(value: string): readonly TextPiece[] | string {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of value.matchAll(reference)) {
    const [whole, digits, name = "", rest = ""] = match
    if (rest !== "")
      return `there is no variable "${shorten(name + rest)}": names of variables have no dots here`
    if (match.index > from) pieces.push(value.slice(from, match.index))
    if (digits === undefined) pieces.push({ kind: "variable", name: name.toLowerCase() })
    else if (Number(digits) > lastMatchVariable)
      return `match variables end with \${${lastMatchVariable}} here`
    else pieces.push({ kind: "match", number: Number(digits) })
    from = match.index + whole.length
  }
  if (from < value.length) pieces.push(value.slice(from))
  return pieces
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name
}
