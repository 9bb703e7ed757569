/**
 * The text of a message as people read it, for search and previews: parts in order, of alternatives the plain
 * one, HTML stripped, transfer encoding and charset undone. Bounded: what lies past the limit is not decoded.
 */
import { decodeCharset } from "./charset.ts"
import { PREVIEW_LIMIT, SOURCE_FACTOR } from "./limits.ts"
import { parameterValue } from "./parameters.ts"
import { type MessageScan, octetsOf, type Part } from "./part.ts"
import { stripHtml } from "./strip-html.ts"
import { decodeTransfer } from "./transfer.ts"

/** Text of body bytes by their encoding and charset; unknown ones as `decodeCharset` says. Never throws. */
export function decodeText(bytes: Buffer, encoding: string, charset: string, limitBytes?: number): string {
  return decodeCharset(decodeTransfer(bytes, encoding, limitBytes), charset)
}

/**
 * Plain text of all text parts in order, at most about `limitBytes` decoded bytes, line ends as LF. Of
 * multipart/alternative the plain part is taken if it holds more than white space, else the first that does.
 * Text attachments and forwarded messages are text too. Looks at no more than SOURCE_FACTOR times as many bytes
 * of the message.
 */
export function textOf(scan: MessageScan, limitBytes: number): string {
  return textWithin(scan, limitBytes).text
}

/** The same; `whole` is true only where it is all the text there is, and no limit came near it. */
export function textWithin(
  scan: MessageScan,
  limitBytes: number,
): { readonly text: string; readonly whole: boolean } {
  const work: Collecting = {
    bytes: scan.bytes,
    left: limitBytes,
    source: limitBytes * SOURCE_FACTOR,
    whole: true,
    pieces: [],
  }
  collect(work, scan.root)
  return { text: work.pieces.join("\n"), whole: work.whole }
}

interface Collecting {
  readonly bytes: Buffer
  left: number
  /** Octets of bodies that may still be looked at. */
  source: number
  whole: boolean
  readonly pieces: string[]
}

function collect(work: Collecting, part: Part): void {
  if (work.left <= 0 || work.source <= 0) {
    work.whole = false
    return
  }
  if (part.type === "multipart" && part.subtype === "alternative") collectOne(work, part.parts)
  else if (part.parts.length > 0) for (const child of part.parts) collect(work, child)
  else if (part.type === "text") collectText(work, part)
}

/** Plain text before all others; a piece counts when it holds more than white space. */
function collectOne(work: Collecting, alternatives: readonly Part[]): void {
  const before = work.pieces.length
  const plain = alternatives.filter(isPlain)
  const others = alternatives.filter(part => !isPlain(part))
  for (const part of [...plain, ...others]) {
    collect(work, part)
    if (work.pieces.length > before) return
  }
}

function isPlain(part: Part): boolean {
  return part.type === "text" && part.subtype === "plain"
}

function collectText(work: Collecting, part: Part): void {
  const html = part.subtype === "html"
  // Mark-up is several times its text; a style sheet may stand before the first word.
  const budget = html ? work.left * HTML_OVERHEAD : work.left
  const octets = Math.min(octetsOf(part), work.source, budget * OCTETS_A_BYTE + SPARE_OCTETS)
  // Decoding makes nothing longer.
  if (octetsOf(part) > Math.min(budget, octets)) work.whole = false
  const body = work.bytes.subarray(part.bodyStart, part.bodyStart + octets)
  work.source -= octets
  const decoded = decodeText(body, part.encoding, parameterValue(part.parameters, "charset") ?? "", budget)
  const unified = decoded.includes("\r\n") ? decoded.replaceAll("\r\n", "\n") : decoded
  const stripped = html ? stripHtml(unified) : unified
  const text = html ? stripped.slice(0, work.left) : stripped
  if (text.length < stripped.length) work.whole = false
  if (text.trim() === "") return
  work.pieces.push(text)
  work.left -= text.length
}

const HTML_OVERHEAD = 8
/** The longest transfer encoding of a byte, "=3D". */
const OCTETS_A_BYTE = 3
/** So that white space between the first few does not cut them short. */
const SPARE_OCTETS = 16

/** Bytes of text that a preview of PREVIEW_LIMIT characters is made of. */
const PREVIEW_SOURCE_BYTES = 2_048

/** The beginning of the text in one line, white space collapsed, at most PREVIEW_LIMIT characters (RFC 8970). */
export function previewOf(scan: MessageScan): string {
  return previewOfText(textOf(scan, PREVIEW_SOURCE_BYTES))
}

/** Reads no further than the preview reaches: each character is looked at once. */
export function previewOfText(text: string): string {
  let line = ""
  let count = 0
  let space = false
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (code <= 32 || code === 127 || (code > 127 && WHITE.test(char))) {
      space = count > 0
      continue
    }
    if (INVISIBLE.has(code)) continue
    if (count + (space ? 2 : 1) > PREVIEW_LIMIT) break
    line += space ? ` ${char}` : char
    count += space ? 2 : 1
    space = false
  }
  return line.toWellFormed()
}

const WHITE = /^\s$/

/** Zero-width characters: newsletters pad their previews with them. */
const INVISIBLE: ReadonlySet<number> = new Set([
  0xad, 0x34f, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff,
])

/** Decoded file names of all parts that have one, in order (RFC 2183 §2.3, else the "name" of the type). */
export function attachmentNames(scan: MessageScan): readonly string[] {
  const names: string[] = []
  const visit = (part: Part) => {
    const name = fileName(part)
    if (name !== undefined) names.push(name)
    for (const child of part.parts) visit(child)
  }
  visit(scan.root)
  return names
}

export function fileName(part: Pick<Part, "disposition" | "parameters">): string | undefined {
  const named =
    part.disposition === undefined ? undefined : parameterValue(part.disposition.parameters, "filename")
  const name = named ?? parameterValue(part.parameters, "name")
  return name === undefined || name.trim() === "" ? undefined : name.trim()
}
