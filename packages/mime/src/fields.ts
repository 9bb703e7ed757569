/**
 * Header fields by their places in the bytes. Nothing is decoded or copied until somebody asks for a value.
 *
 *     fields = *(field-name *WSP ":" unstructured CRLF)      RFC 5322 §2.2, §4.5 (obsolete space before ":")
 *     unstructured continues on lines that begin with WSP    RFC 5322 §2.2.3
 *
 * A line that is neither field nor continuation (an mbox "From " line, a lost fold) is kept as a field without
 * a name, so that the spans of all fields always cover the whole header.
 */
import { isUtf8 } from "node:buffer"
import { windows1252 } from "./charset.ts"
import { FIELDS_LIMIT, HEADER_BYTES_LIMIT } from "./limits.ts"

export interface Field {
  /** In lower case; "" for a line that is no field. */
  readonly name: string
  /** The whole field with its line end, as offsets into the bytes given. */
  readonly start: number
  readonly end: number
  /** After the colon, up to the last line end: folds and leading space included. */
  readonly valueStart: number
  readonly valueEnd: number
}

export interface FieldsFound {
  readonly fields: readonly Field[]
  readonly truncated: "header-bytes" | "fields" | undefined
}

const LF = 10
const CR = 13
const SPACE = 32
const TAB = 9

/** Splits bytes[start, end), a header with or without its final empty line. Never throws. */
export function splitFields(bytes: Buffer, start = 0, end = bytes.length): FieldsFound {
  const cut = Math.min(end, start + HEADER_BYTES_LIMIT)
  return splitHeaderText(bytes.toString("latin1", start, cut), start, cut < end)
}

/** The same on text that holds one character per byte and begins at offset `base`. */
export function splitHeaderText(text: string, base: number, cut: boolean): FieldsFound {
  const fields: Field[] = []
  const length = text.length
  let at = 0
  while (at < length) {
    if (fields.length === FIELDS_LIMIT) return { fields, truncated: "fields" }
    let lineEnd = text.indexOf("\n", at)
    let valueEnd = lineEnd === -1 ? length : lineEnd
    if (isEmptyLine(text, at, valueEnd)) break
    while (lineEnd !== -1 && lineEnd + 1 < length && isBlank(text.charCodeAt(lineEnd + 1))) {
      lineEnd = text.indexOf("\n", lineEnd + 1)
      valueEnd = lineEnd === -1 ? length : lineEnd
    }
    const next = lineEnd === -1 ? length : lineEnd + 1
    if (lineEnd !== -1 && valueEnd > at && text.charCodeAt(valueEnd - 1) === CR) valueEnd--
    fields.push(fieldAt(text, base, at, valueEnd, next))
    at = next
  }
  return { fields, truncated: cut ? "header-bytes" : undefined }
}

function fieldAt(text: string, base: number, start: number, valueEnd: number, end: number): Field {
  let colon = start
  while (colon < valueEnd && isNameChar(text.charCodeAt(colon))) colon++
  const nameEnd = colon
  while (colon < valueEnd && isBlank(text.charCodeAt(colon))) colon++
  const named = nameEnd > start && colon < valueEnd && text.charCodeAt(colon) === 58
  return {
    name: named ? text.slice(start, nameEnd).toLowerCase() : "",
    start: base + start,
    end: base + end,
    valueStart: base + (named ? colon + 1 : start),
    valueEnd: base + valueEnd,
  }
}

/** field-name = 1*%d33-57 / %d59-126 (RFC 5322 §3.6.8). */
function isNameChar(code: number): boolean {
  return code > 32 && code < 127 && code !== 58
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

function isEmptyLine(text: string, start: number, end: number): boolean {
  return start === end || (end === start + 1 && text.charCodeAt(start) === CR && end < text.length)
}

/** The value unfolded and trimmed. UTF-8 (RFC 6532 §3.2); what is not UTF-8 is read as windows-1252. */
export function fieldText(bytes: Buffer, field: Field): string {
  return unfold(headerText(bytes, field.valueStart, field.valueEnd)).trim()
}

/** The value of the first field of that name (lower case), unfolded and trimmed. */
export function firstFieldText(bytes: Buffer, fields: readonly Field[], name: string): string | undefined {
  const field = fields.find(one => one.name === name)
  return field === undefined ? undefined : fieldText(bytes, field)
}

/** Header bytes as text, by the rule of `fieldText`. */
export function headerText(bytes: Buffer, start: number, end: number): string {
  const plain = bytes.toString("latin1", start, end)
  return isAscii(plain) ? plain : decodeHeaderBytes(bytes.subarray(start, end))
}

/** Repairs text that was read one character per byte. */
export function textOfLatin1(latin1: string): string {
  return isAscii(latin1) ? latin1 : decodeHeaderBytes(Buffer.from(latin1, "latin1"))
}

function decodeHeaderBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString("utf8") : windows1252(bytes)
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

/** Takes the line ends of folds out: the space after them stays (RFC 5322 §2.2.3). */
export function unfold(text: string): string {
  return text.includes("\n") ? text.replace(/\r?\n/g, "") : text
}

/** Where the header of a part ends and where its body begins: after the first empty line, if there is one. */
export function findBodyStart(bytes: Buffer, start: number, end: number): number {
  if (start >= end) return end
  if (bytes[start] === LF) return start + 1
  if (bytes[start] === CR && start + 1 < end && bytes[start + 1] === LF) return start + 2
  const region = bytes.subarray(start, end)
  const crlf = region.indexOf(EMPTY_LINE_CRLF)
  const bare = (crlf === -1 ? region : region.subarray(0, crlf + 1)).indexOf(EMPTY_LINE_LF)
  if (bare !== -1) return start + bare + 2
  return crlf === -1 ? end : start + crlf + 3
}

// Found after a bare LF as well as after CRLF: the sender of a part may have mixed them.
const EMPTY_LINE_CRLF = Buffer.from("\n\r\n")
const EMPTY_LINE_LF = Buffer.from("\n\n")
