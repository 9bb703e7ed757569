/**
 * How text is compared in searches: two texts are the same when their folded forms are. Folding is compatibility
 * decomposition and lower case, so that "ﬁ", "FI" and "fi", or "É" in one character or in two, are one; accents count.
 * It looks at no neighbours, so that a part of a text folds to a part of the folded text, but for the order of
 * combining marks at its ends. Of the marks on one letter it looks at the first thirty-two: to put marks into their order
 * takes as long as the square of their number, and a stranger's letter may have any number of them.
 *
 * A word is a maximal run of letters, digits and marks; all else separates words.
 */

/** Folding what is folded already changes nothing. Half a surrogate pair becomes U+FFFD. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  const decomposed = fewMarks(text.toWellFormed()).normalize("NFKD").toLowerCase().normalize("NFKD")
  // Lower case makes a sigma at the end of a word a letter of its own, which depends on neighbours.
  return fewMarks(decomposed).replaceAll("ς", "σ")
}

/** What a letter has more marks than any writing gives it is left out (UAX #15 takes thirty for the most there are). */
function fewMarks(text: string): string {
  return mayHaveManyMarks(text) ? text.replace(LATER_MARKS, "") : text
}

/** A quick look, at few places: sixteen units in a row, from one such place to the next, are in every run of more than 32. */
function mayHaveManyMarks(text: string): boolean {
  for (let at = 0; at < text.length; at += STRIDE) {
    let end = at
    while (end < at + STRIDE && text.charCodeAt(end) >= FIRST_MARK && MARK_OR_HALF.test(text.charAt(end)))
      end++
    if (end === at + STRIDE) return true
  }
  return false
}

/** The words of folded text in their order. */
export function wordsOf(folded: string): readonly string[] {
  return folded.match(ASCII.test(folded) ? ASCII_WORDS : WORDS) ?? []
}

/**
 * Folded text cut at its separators. The first and the last piece are "" where the text begins or ends with one, so
 * that text without a separator is one piece.
 */
export function piecesOf(folded: string): readonly string[] {
  return folded.split(SEPARATORS)
}

const STRIDE = 16
const FIRST_MARK = 0x300
/** Marks beyond the BMP are two units. */
const MARK_OR_HALF = /[\p{M}\ud800-\udfff]/u
const LATER_MARKS = /(?<=\p{M}{32})\p{M}+/gu
const ASCII = /^[\0-\x7f]*$/
const ASCII_WORDS = /[0-9A-Za-z]+/g
const WORDS = /[\p{L}\p{N}\p{M}]+/gu
const SEPARATORS = /[^\p{L}\p{N}\p{M}]+/u
