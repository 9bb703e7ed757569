/**
 * How two texts are compared: i;ascii-casemap where nothing is said, i;octet, i;ascii-numeric (RFC 4790 §9.1–9.3). Texts
 * are Unicode here; their order by octets of UTF-8 is that of their code points.
 */
export interface Comparator {
  readonly name: string
  /** Folded texts are the same when the texts are. Keeps the length, so that places stay the same. */
  readonly fold: (text: string) => string
  /** Below zero, zero, above zero; of texts that are not folded. */
  readonly order: (a: string, b: string) => number
  /** `:contains` and `:matches` make sense. */
  readonly findsParts: boolean
}

const octet: Comparator = {
  name: "i;octet",
  fold: text => text,
  order: byCodePoints,
  findsParts: true,
}

const asciiCasemap: Comparator = {
  name: "i;ascii-casemap",
  fold: upperAscii,
  order: (a, b) => byCodePoints(upperAscii(a), upperAscii(b)),
  findsParts: true,
}

const asciiNumeric: Comparator = {
  name: "i;ascii-numeric",
  fold: text => digitsOf(text) ?? "",
  order: (a, b) => byNumber(digitsOf(a), digitsOf(b)),
  findsParts: false,
}

export const defaultComparator = asciiCasemap

export const comparators: ReadonlyMap<string, Comparator> = new Map(
  [octet, asciiCasemap, asciiNumeric].map(comparator => [comparator.name, comparator]),
)

/** A to Z alone: other letters stay apart from their other case (RFC 4790 §9.2.1). */
export function upperAscii(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, run => run.toUpperCase()) : text
}

export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, run => run.toLowerCase()) : text
}

/** UTF-16 has the characters beyond the first plane below U+E000; UTF-8 has them above. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  if (at === length) return a.length - b.length
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at))
}

function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

/** The digits that a text begins with, without leading zeros; undefined, that is more than any number, without any. */
function digitsOf(text: string): string | undefined {
  let end = 0
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1
  if (end === 0) return undefined
  let start = 0
  while (start < end - 1 && text.charCodeAt(start) === 48) start += 1
  return text.slice(start, end)
}

function byNumber(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0)
  return a.length === b.length ? byCodePoints(a, b) : a.length - b.length
}
