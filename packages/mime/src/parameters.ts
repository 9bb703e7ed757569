/**
 * The structured values of MIME fields.
 *
 *     content     = type "/" subtype *(";" parameter)       RFC 2045 §5.1
 *     disposition = type *(";" parameter)                   RFC 2183 §2
 *     parameter   = attribute "=" (token / quoted-string)
 *     attribute may end in "*", "*0", "*0*"                 RFC 2231 §3, §4
 *
 * Comments and folds may stand between any two tokens. Read as tolerantly as senders write: values with
 * spaces and no quotes, missing semicolons at the end, empty parameters.
 */
import { decodeCharset } from "./charset.ts"
import { textOfLatin1 } from "./fields.ts"
import { hexPair } from "./hex.ts"
import { PARAMETERS_LIMIT } from "./limits.ts"
import { readQuoted, skipCfws } from "./tokens.ts"
import { decodeWords } from "./words.ts"

/** As written: name in lower case with any "*0*" of RFC 2231, value without quotes and not decoded. */
export interface Parameter {
  readonly name: string
  readonly value: string
}

export interface ContentType {
  /** Lower case. */
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly Parameter[]
}

export interface Disposition {
  /** Lower case, such as "attachment". */
  readonly type: string
  readonly parameters: readonly Parameter[]
}

const NO_PARAMETERS: readonly Parameter[] = []

/** Text of one character per byte. Undefined where there is no type "/" subtype (RFC 2045 §5.2 then applies). */
export function parseContentType(text: string): ContentType | undefined {
  const typeStart = skipCfws(text, 0)
  const typeEnd = endOfToken(text, typeStart)
  const slash = skipCfws(text, typeEnd)
  if (typeEnd === typeStart || text.charCodeAt(slash) !== 47) return undefined
  const subtypeStart = skipCfws(text, slash + 1)
  const subtypeEnd = endOfToken(text, subtypeStart)
  if (subtypeEnd === subtypeStart) return undefined
  return {
    type: text.slice(typeStart, typeEnd).toLowerCase(),
    subtype: text.slice(subtypeStart, subtypeEnd).toLowerCase(),
    parameters: parseParameters(text, subtypeEnd),
  }
}

export function parseDisposition(text: string): Disposition | undefined {
  const start = skipCfws(text, 0)
  const end = endOfToken(text, start)
  if (end === start) return undefined
  return { type: text.slice(start, end).toLowerCase(), parameters: parseParameters(text, end) }
}

function parseParameters(text: string, from: number): readonly Parameter[] {
  let at = text.indexOf(";", from)
  if (at === -1) return NO_PARAMETERS
  const parameters: Parameter[] = []
  while (at < text.length && parameters.length < PARAMETERS_LIMIT) {
    at = skipCfws(text, at + 1)
    const nameStart = at
    while (at < text.length && !NAME_ENDS.has(text.charCodeAt(at))) at++
    const name = text.slice(nameStart, at).toLowerCase()
    at = skipCfws(text, at)
    if (text.charCodeAt(at) !== 61) {
      at = nextSemicolon(text, at)
      continue
    }
    at = skipCfws(text, at + 1)
    let value: string
    if (text.charCodeAt(at) === 34) {
      const quoted = readQuoted(text, at)
      value = quoted.value
      at = nextSemicolon(text, quoted.end)
    } else {
      const end = nextSemicolon(text, at)
      value = withoutComment(text.slice(at, end))
      at = end
    }
    if (name !== "") parameters.push({ name, value: textOfLatin1(value) })
  }
  return parameters
}

// ";", "=", "(" and white space
const NAME_ENDS: ReadonlySet<number> = new Set([59, 61, 40, 32, 9, 10, 13])

function nextSemicolon(text: string, from: number): number {
  const at = text.indexOf(";", from)
  return at === -1 ? text.length : at
}

/** A value without quotes: unfolded, trimmed, and rid of a comment that closes it. */
function withoutComment(raw: string): string {
  const value = raw.replace(/[\r\n]+/g, "").trim()
  if (!value.endsWith(")")) return value
  const open = value.indexOf(" (")
  return open === -1 ? value : value.slice(0, open).trimEnd()
}

function endOfToken(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code >= 127 || TSPECIALS.has(code)) break
    at++
  }
  return at
}

const TSPECIALS: ReadonlySet<number> = new Set([...'()<>@,;:\\"/[]?='].map(char => char.charCodeAt(0)))

/**
 * The value of one parameter, decoded: `name*` and `name*0*` with charset and percent signs (RFC 2231 §4),
 * continuations joined (§3), else the plain one with RFC 2047 words, which is wrong there and common.
 */
export function parameterValue(parameters: readonly Parameter[], name: string): string | undefined {
  let plain: string | undefined
  let whole: string | undefined
  let sections: Map<number, { text: string; extended: boolean }> | undefined
  for (const parameter of parameters) {
    if (!parameter.name.startsWith(name)) continue
    const rest = parameter.name.slice(name.length)
    if (rest === "") plain ??= parameter.value
    else if (rest === "*") whole ??= parameter.value
    else {
      const section = /^\*(\d{1,4})(\*?)$/.exec(rest)
      if (section === null) continue
      sections ??= new Map()
      const index = Number(section[1])
      if (!sections.has(index)) sections.set(index, { text: parameter.value, extended: section[2] === "*" })
    }
  }
  if (whole !== undefined) return decodeExtended([{ text: whole, extended: true }])
  if (sections?.has(0) === true) return decodeExtended(inOrder(sections))
  return plain === undefined ? undefined : decodeWords(plain)
}

interface Section {
  readonly text: string
  readonly extended: boolean
}

function inOrder(sections: ReadonlyMap<number, Section>): readonly Section[] {
  const ordered: Section[] = []
  for (let index = 0; ; index++) {
    const section = sections.get(index)
    if (section === undefined) return ordered
    ordered.push(section)
  }
}

/** charset "'" [language] "'" *(percent octet / char); the charset stands in the first section alone. */
function decodeExtended(sections: readonly Section[]): string {
  let charset = "utf-8"
  const pieces: Buffer[] = []
  for (const [index, section] of sections.entries()) {
    let text = section.text
    if (index === 0 && section.extended) {
      const first = text.indexOf("'")
      const second = first === -1 ? -1 : text.indexOf("'", first + 1)
      if (second !== -1) {
        charset = text.slice(0, first) || "utf-8"
        text = text.slice(second + 1)
      }
    }
    pieces.push(section.extended ? percentDecode(text) : Buffer.from(text, "utf8"))
  }
  return decodeCharset(Buffer.concat(pieces), charset)
}

function percentDecode(text: string): Buffer {
  const source = Buffer.from(text, "utf8")
  const out = Buffer.allocUnsafe(source.length)
  let length = 0
  for (let at = 0; at < source.length; at++) {
    const code = source[at] ?? 0
    const octet = code === 37 ? hexPair(source, at + 1) : -1
    out[length++] = octet === -1 ? code : octet
    if (octet !== -1) at += 2
  }
  return out.subarray(0, length)
}
