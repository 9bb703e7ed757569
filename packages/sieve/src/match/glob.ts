/**
 * `:matches`: "*" stands for any characters, "?" for one, a backslash takes the meaning of the character behind it
 * (RFC 5228 §2.7.1). Each "*" takes as little as it can, from left to right (RFC 5229 §3.2).
 *
 * A pattern is cut at its stars. The first piece stands at the beginning, the last one at the end, and each between them
 * where it is first found: that is the shortest for every star before it, so nothing is ever tried again. A piece with
 * "?" is sought place by place, which costs the product of two lengths at most; `spend` is told, and may throw.
 */
import { find } from "./find.ts"

/** "?" in a piece, any other text being one character. */
const ANY = Symbol("?")

interface Piece {
  readonly units: readonly (string | typeof ANY)[]
  /** All of it, where it holds no "?". */
  readonly literal: string | undefined
}

/**
 * What the whole and each wildcard stood for, in order; undefined where the pattern does not match. `folded` is
 * compared with the pattern, which is folded too; what is captured comes from `value`, which is as long.
 */
export function matchGlob(
  value: string,
  folded: string,
  pattern: string,
  spend: (characters: number) => void,
): readonly string[] | undefined {
  const subject = openSubject(value, folded, spend)
  const pieces = piecesOf(pattern)
  spend(subject.length + pattern.length)
  const captures: string[] = [value]
  const [first, ...others] = pieces
  const last = others.pop()
  if (first === undefined || !fits(subject, first, 0)) return undefined
  if (last === undefined) {
    if (subject.length !== first.units.length) return undefined
    captureAny(subject, first, 0, captures)
    return captures
  }
  captureAny(subject, first, 0, captures)
  let at = first.units.length
  const end = subject.length - last.units.length
  for (const piece of others) {
    const found = seek(subject, piece, at, end)
    if (found === -1) return undefined
    captures.push(subject.slice(at, found))
    captureAny(subject, piece, found, captures)
    at = found + piece.units.length
  }
  if (at > end || !fits(subject, last, end)) return undefined
  captures.push(subject.slice(at, end))
  captureAny(subject, last, end, captures)
  return captures
}

/** A text by its characters: units where each is one, an array where it holds pairs. */
interface Subject {
  readonly folded: ArrayLike<string>
  readonly text: string | undefined
  readonly length: number
  slice(from: number, to: number): string
  spend(characters: number): void
}

function openSubject(value: string, folded: string, spend: (characters: number) => void): Subject {
  if (!/[\ud800-\udbff]/.test(folded))
    return { folded, text: folded, length: folded.length, slice: (from, to) => value.slice(from, to), spend }
  const characters = Array.from(value)
  const all = Array.from(folded)
  const slice = (from: number, to: number) => characters.slice(from, to).join("")
  return { folded: all, text: undefined, length: all.length, slice, spend }
}

function piecesOf(pattern: string): readonly Piece[] {
  const pieces: Piece[] = []
  let units: (string | typeof ANY)[] = []
  let literal: string | undefined = ""
  const end = () => {
    pieces.push({ units, literal })
    units = []
    literal = ""
  }
  let escaped = false
  for (const character of pattern) {
    if (!escaped && character === "\\") {
      escaped = true
      continue
    }
    if (!escaped && character === "*") end()
    else if (!escaped && character === "?") {
      units.push(ANY)
      literal = undefined
    } else {
      units.push(character)
      if (literal !== undefined) literal += character
    }
    escaped = false
  }
  // A backslash that ends the pattern stands for itself.
  if (escaped) {
    units.push("\\")
    if (literal !== undefined) literal += "\\"
  }
  end()
  return pieces
}

function fits(subject: Subject, { units }: Piece, at: number): boolean {
  if (at < 0 || at + units.length > subject.length) return false
  let compared = 0
  const fit = units.every((unit, index) => {
    compared += 1
    return unit === ANY || unit === subject.folded[at + index]
  })
  subject.spend(compared)
  return fit
}

/** The first place at or behind `from` where the piece stands, or -1; none behind `limit` need be found. */
function seek(subject: Subject, piece: Piece, from: number, limit: number): number {
  if (piece.literal !== undefined && subject.text !== undefined) {
    const found = find(subject.text, piece.literal, from)
    subject.spend((found === -1 ? subject.length : found) - from)
    return found
  }
  for (let at = from; at + piece.units.length <= limit; at += 1) if (fits(subject, piece, at)) return at
  return -1
}

function captureAny(subject: Subject, { units, literal }: Piece, at: number, captures: string[]): void {
  if (literal !== undefined) return
  for (const [index, unit] of units.entries())
    if (unit === ANY) captures.push(subject.slice(at + index, at + index + 1))
}
