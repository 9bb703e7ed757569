import { foldText } from "@letterkeep/mime"

/** UTF-16 units that are folded at once: a text may be as long as a message, and decomposition makes it longer. */
const foldedAtOnce = 64 * 1024

/** Does the text, once folded, hold `needle`, which is folded? Holds no more than a piece of it folded at a time. */
export function holdsText(text: string, needle: string): boolean {
  if (text.length <= foldedAtOnce) return foldText(text).includes(needle)
  let tail = ""
  for (let from = 0; from < text.length; ) {
    const to = boundary(text, from + foldedAtOnce)
    const piece = tail + foldText(text.slice(from, to))
    if (piece.includes(needle)) return true
    tail = needle.length > 1 ? piece.slice(1 - needle.length) : ""
    from = to
  }
  return false
}

/** The next place at or behind `at` before which text can be cut: marks and halves of pairs stay with what they follow. */
function boundary(text: string, at: number): number {
  let to = at
  while (to < text.length && belongsToThePrevious.test(text[to] ?? "")) to++
  return Math.min(to, text.length)
}

const belongsToThePrevious = /[\p{M}\ud800-\udfff]/u
