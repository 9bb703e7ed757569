/**
 * A made-up language: 60,000 words whose frequencies fall as Zipf found them in real ones, so that a few words are in
 * most messages and most words in a few; the frequent ones are short. Syllables are many enough that a word is seldom
 * inside another by chance.
 */
import { type Random, seededRandom } from "../measure/corpus.ts"

const size = 60_000
const onsets = "b c d f g h j k l m n p r s t v w br ch cl dr fl gr pl sh sk st th tr".split(" ")
const vowels = "a e i o u ai ea ou".split(" ")
const codas = ["", "", "", "l", "m", "n", "r", "s", "t", "nd", "st"]

export interface Vocabulary {
  readonly words: readonly string[]
  /** The place of a word in `words`, the most frequent first. */
  pick(random: Random): number
}

export function makeVocabulary(): Vocabulary {
  const words = makeWords(seededRandom(11))
  // Zipf and Mandelbrot: 1 / (rank + 2.7) ^ 1.05
  const sums = new Float64Array(words.length)
  let sum = 0
  for (let rank = 0; rank < words.length; rank += 1) {
    sum += 1 / (rank + 2.7) ** 1.05
    sums[rank] = sum
  }
  return { words, pick: random => placeOf(sums, random() * sum) }
}

function makeWords(random: Random): readonly string[] {
  const one = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? ""
  const words = new Set<string>()
  while (words.size < size) {
    const syllables = (words.size < 200 ? 1 : words.size < 3_000 ? 2 : 3) + (random() < 0.3 ? 1 : 0)
    let word = ""
    for (let no = 0; no < syllables; no += 1) word += one(onsets) + one(vowels) + one(codas)
    if (word.length > 3) words.add(word)
  }
  return [...words]
}

/** The first place whose sum is above. */
function placeOf(sums: Float64Array, value: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}
