/**
 * Text into terms, and a question into what its terms must be like. Both cut text at the same places, so whatever
 * holds the question's text has terms that answer its probes: a probe never leaves out a message.
 *
 * - Text is cut at its field's separators (fields.ts). A question's first piece is then the end of a term, its last
 *   one the beginning of one, those between are whole terms; one piece alone lies anywhere in a term.
 * - Scripts that are written without spaces (Chinese, Thai …) are cut into pairs of characters that overlap.
 * - A longer term is cut into pieces that overlap, so that `exactUnits` of it always lie in one of them.
 *
 * Terms are binary strings: UTF-8, one character an octet. They sort as their octets do, and hold no line feed.
 */
import { piecesOf, wordsOf } from "@letterkeep/mime"
import type { Separation } from "./fields.ts"

/** Units of UTF-16 of the longest term. */
const longestTerm = 128
/** So many lie in one term whole, wherever they begin: half of the longest. */
export const exactUnits = longestTerm / 2

export interface Probe {
  /** How the term must be to the text: have it in it, begin or end with it, be it. */
  readonly how: "contains" | "starts" | "ends" | "is"
  readonly text: string
}

export interface Probes {
  /** A message that has the text has, for each of these, a term that answers it. None: any message may have it. */
  readonly all: readonly Probe[]
  /** A message that has such a term has the text. */
  readonly sure: boolean
}

/** `folded` as `foldText` gives it. */
export function termsOf(folded: string, separation: Separation): Iterable<string> {
  const terms = new Set<string>()
  eachTerm(folded, separation, term => terms.add(term))
  return terms
}

/** The same, but a term is told as often as it is there. */
export function eachTerm(folded: string, separation: Separation, tell: (term: string) => void): void {
  const pieces = separation === "words" ? wordsOf(folded) : cut(folded, separation)
  // Nearly all text: what it is made of is seen once, not word by word.
  const isPlain = ASCII.test(folded)
  for (const piece of pieces) {
    if (piece === "") continue
    if (isPlain && piece.length <= longestTerm) tell(piece)
    else if (isPlain || separation !== "words") tellLong(tell, piece)
    else
      for (const section of sectionsOf(piece)) {
        if (section.spaceless) for (const pair of pairsOf(section.text)) tell(binary(pair))
        else tellLong(tell, section.text)
      }
  }
}

export function probesOf(folded: string, separation: Separation): Probes {
  const pieces = cut(folded, separation)
  const last = pieces.length - 1
  const probes: Probe[] = []
  let sure = last === 0
  for (const [at, piece] of pieces.entries()) {
    if (piece === "") continue
    const sections = separation === "words" ? sectionsOf(piece) : [{ text: piece, spaceless: false }]
    if (sections.length > 1) sure = false
    for (const [place, { text, spaceless }] of sections.entries()) {
      // What stands before or behind it in the question is in another term.
      const open = { left: at === 0 && place === 0, right: at === last && place === sections.length - 1 }
      if (spaceless) sure = probePairs(probes, text, open) && sure
      else sure = probeLong(probes, text, open) && sure
    }
  }
  return { all: probes, sure: sure && probes.length > 0 }
}

interface Open {
  readonly left: boolean
  readonly right: boolean
}

function howOf({ left, right }: Open): Probe["how"] {
  return left && right ? "contains" : left ? "ends" : right ? "starts" : "is"
}

/** False where the probe asks for less than all of the text. */
function probeLong(probes: Probe[], text: string, open: Open): boolean {
  const how = howOf(open)
  if (text.length <= (how === "is" ? longestTerm : exactUnits)) {
    probes.push({ how, text: binary(text) })
    return true
  }
  if (how === "ends")
    probes.push({ how, text: binary(text.slice(boundary(text, text.length - exactUnits, 1))) })
  else
    probes.push({
      how: how === "is" ? "starts" : how,
      text: binary(text.slice(0, boundary(text, exactUnits, -1))),
    })
  return false
}

function probePairs(probes: Probe[], text: string, open: Open): boolean {
  const pairs = pairsOf(text)
  const [only] = pairs
  // One character may lie in the pairs of a longer run.
  const single = pairs.length === 1 && only !== undefined && [...only].length === 1
  for (const pair of pairs) probes.push({ how: single ? howOf(open) : "is", text: binary(pair) })
  return pairs.length === 1
}

function cut(folded: string, separation: Separation): readonly string[] {
  switch (separation) {
    case "words":
      return piecesOf(folded)
    case "commas":
      return folded.split(/[,\n]+/)
    case "white space":
      return folded.split(/\s+/)
    case "at signs":
      // The right half of identifiers is that of many others.
      return folded.split(/[\s@]+/)
    case "lines":
      return folded.split(/\n+/)
  }
}

interface Section {
  readonly text: string
  readonly spaceless: boolean
}

/** Where one character is of a script without spaces and its neighbour is not, a word ends. */
function sectionsOf(word: string): readonly Section[] {
  if (!MAYBE_SPACELESS.test(word)) return [{ text: word, spaceless: false }]
  return Array.from(word.matchAll(SECTIONS), ([text]) => ({ text, spaceless: SPACELESS.test(text) }))
}

const SCRIPTS = ["Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr", "Yiii", "Tibt"]
const CLASS = SCRIPTS.map(script => `\\p{scx=${script}}`).join("")
/**
 * The first of these scripts begins at U+0E00. What they share with others lies before it (the apostrophe U+02BC, tone
 * marks, a tilde above): no word of Ukrainian, Breton or Spanish ends there.
 */
const NEVER = "\\0-\\u0dff"
const MAYBE_SPACELESS = new RegExp(`[^${NEVER}]`, "u")
const SPACELESS = new RegExp(`^[[${CLASS}]--[${NEVER}]]`, "v")
const SECTIONS = new RegExp(`[[${CLASS}]--[${NEVER}]]+|[^[${CLASS}]--[${NEVER}]]+`, "gv")

function pairsOf(text: string): readonly string[] {
  const characters = [...text]
  if (characters.length < 2) return characters
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`)
}

/** Pieces at every `exactUnits`; the last reaches to the end and is longer than that. */
function tellLong(tell: (term: string) => void, text: string): void {
  if (text.length <= longestTerm) {
    tell(binary(text))
    return
  }
  for (let from = 0; ; from += exactUnits) {
    const end = Math.min(text.length, from + longestTerm)
    tell(binary(text.slice(boundary(text, from, -1), boundary(text, end, 1))))
    if (end === text.length) return
  }
}

/** `at`, or one to its left (-1) or right where it would part a surrogate pair. */
function boundary(text: string, at: number, direction: 1 | -1): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at + direction : at
}

function binary(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1")
}

const ASCII = /^[\0-\x7f]*$/
