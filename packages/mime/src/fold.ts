/**
 * How text is compared in searches: two texts are the same when their folded forms are. Folding is compatibility
 * decomposition and lower case, so that "ﬁ", "FI" and "fi", or "É" in one character or in two, are one; accents count.
 * It looks at no neighbours, so that a part of a text folds to a part of the folded text, but for the order of
 * combining marks at its ends.
 *
 * A word is a maximal run of letters, digits and marks; all else separates words.
 */

/** Folding what is folded already changes nothing. Half a surrogate pair becomes U+FFFD. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  // Lower case makes a sigma at the end of a word a letter of its own, which depends on neighbours.
  return text.toWellFormed().normalize("NFKD").toLowerCase().normalize("NFKD").replaceAll("ς", "σ")
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

const ASCII = /^[\0-\x7f]*$/
const ASCII_WORDS = /[0-9A-Za-z]+/g
const WORDS = /[\p{L}\p{N}\p{M}]+/gu
const SEPARATORS = /[^\p{L}\p{N}\p{M}]+/u
