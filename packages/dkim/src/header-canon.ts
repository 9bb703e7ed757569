import { type HeaderField, latin1 } from "./split-fields.ts"

/**
 * Canonical header fields (RFC 6376 §3.4.1, §3.4.2) as text with one character for each byte. Each field is worked
 * on at most once in each form, however many signatures cover it.
 */
export type Canon = "simple" | "relaxed"

export interface CanonicalFields {
  /** Field `index` of the block with its final CRLF. */
  canonical(index: number, canon: Canon): string
  /** Indices of all fields of this name (lower case), from the top. */
  named(name: string): readonly number[]
}

export function createCanonicalFields(fields: readonly HeaderField[]): CanonicalFields {
  const byName = new Map<string, number[]>()
  const simple: string[] = []
  const relaxed: string[] = []
  for (const [index, field] of fields.entries()) {
    const name = field.name.toLowerCase()
    const same = byName.get(name)
    if (same === undefined) byName.set(name, [index])
    else same.push(index)
  }
  const canonical = (index: number, canon: Canon): string => {
    const kept = canon === "simple" ? simple : relaxed
    const known = kept[index]
    if (known !== undefined) return known
    const field = fields[index]
    const raw = field === undefined ? "" : latin1(field.raw)
    const text = canon === "simple" ? raw : `${relaxField(raw)}\r\n`
    kept[index] = text
    return text
  }
  return { canonical, named: name => byName.get(name) ?? [] }
}

/** RFC 6376 §3.4.2: name in lower case, unfolded, runs of white space as one space, none at either end. No CRLF. */
export function relaxField(raw: string): string {
  const colon = raw.indexOf(":")
  const value = raw
    .slice(colon + 1)
    .replaceAll("\r\n", "")
    .replace(/[ \t]+/g, " ")
  const start = value.startsWith(" ") ? 1 : 0
  const end = value.endsWith(" ") ? value.length - 1 : value.length
  return `${withoutTrailingBlanks(raw.slice(0, colon)).toLowerCase()}:${value.slice(start, Math.max(start, end))}`
}

/** From the end, because `/[ \t]+$/` looks along a run of blanks once from each of them. */
function withoutTrailingBlanks(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end -= 1
  return text.slice(0, end)
}

/**
 * The signature's own field for hashing: the value of `b` emptied, everything else as it is, no final CRLF
 * (RFC 6376 §3.7).
 */
export function withoutSignature(raw: string, canon: Canon): string {
  const colon = raw.indexOf(":")
  let text = raw.slice(0, colon + 1)
  let isFirst = true
  for (const spec of raw.slice(colon + 1).split(";")) {
    const found = /^([ \t\r\n]*b[ \t\r\n]*=)/.exec(spec)
    text += (isFirst ? "" : ";") + (found === null ? spec : (found[1] ?? "") + trailingCrlf(spec))
    isFirst = false
  }
  if (canon === "relaxed") return relaxField(text)
  return text.endsWith("\r\n") ? text.slice(0, -2) : text
}

/** When `b` is the last tag, the field's own CRLF is not part of its value. */
function trailingCrlf(spec: string): string {
  return spec.endsWith("\r\n") ? "\r\n" : ""
}
