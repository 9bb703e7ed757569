/**
 * A hint, not a gate: about how many guesses a password stands, in bits. Rules: a run of letters that reads like
 * words counts 2.2 bits a letter, other characters more, most where the kinds alternate; repeats, rows of the keyboard or of the
 * alphabet, well-known words and the person's own words count next to nothing.
 */
export interface Strength {
  readonly level: "weak" | "fair" | "good" | "strong"
  readonly words: string
}

const words: Readonly<Record<Strength["level"], string>> = {
  weak: "Easy to guess. Add a word or two that only you would put there.",
  fair: "Fair. One more word would make it good.",
  good: "Good.",
  strong: "Strong.",
}

export function strengthOf(password: string, ownWords: readonly string[]): Strength {
  const bits = bitsOf(password, ownWords)
  const level = bits < 40 ? "weak" : bits < 55 ? "fair" : bits < 75 ? "good" : "strong"
  return { level, words: words[level] }
}

const wellKnown = [
  "password",
  "passwort",
  "letmein",
  "welcome",
  "letterkeep",
  "iloveyou",
  "dragon",
  "monkey",
  "admin",
  "secret",
]
const rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm"]

/** Stands where a known word was taken out. */
const cut = "\0"

function bitsOf(password: string, ownWords: readonly string[]): number {
  let rest = password.toLowerCase()
  let bits = 0
  for (const word of [...ownWords.map(own => own.toLowerCase()), ...wellKnown].filter(
    known => known.length >= 3,
  )) {
    const pieces = rest.split(word)
    bits += Math.min(pieces.length - 1, 1) * 6
    rest = pieces.join(cut)
  }
  const runs = withoutRows(rest).match(/\p{L}+|\p{N}+|\s+|[^\p{L}\p{N}\s\0]+/gu) ?? []
  const length = runs.join("").length
  const isScattered = length >= 8 && runs.length >= length / 2
  bits += isScattered ? length * 5.5 : runs.reduce((sum, run) => sum + runBits(run), 0)
  const mixesCase = password !== password.toLowerCase() && password !== password.toUpperCase()
  return bits + (mixesCase ? 4 : 0)
}

/** Drops a character that repeats the one before it, or goes on with a row in either direction. */
function withoutRows(text: string): string {
  let kept = ""
  for (let at = 0; at < text.length; at += 1) {
    const pair = text.slice(Math.max(0, at - 1), at + 1)
    const goesOn = pair.length === 2 && (pair[0] === pair[1] || rows.some(row => isIn(row, pair)))
    if (!goesOn) kept += text[at]
  }
  return kept
}

function isIn(row: string, pair: string): boolean {
  return row.includes(pair) || row.includes(`${pair[1]}${pair[0]}`)
}

function runBits(run: string): number {
  if (/^\p{N}/u.test(run)) return run.length * 3.3
  if (/^\s/.test(run)) return 2
  if (!/^\p{L}/u.test(run)) return run.length * 5
  const vowels = (run.match(/[aeiouyäöüàâéèêîôû]/gu) ?? []).length / run.length
  const readsLikeWords = run.length >= 4 && vowels >= 0.22 && vowels <= 0.65
  return run.length * (readsLikeWords ? 2.2 : 4.2)
}
