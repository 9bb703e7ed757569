/** What is searched for: of each kind as many different queries as are wanted, chosen by a seed. */
import { seededRandom } from "../measure/corpus.ts"
import type { LetterCorpus } from "./letters.ts"

export interface Kind {
  /** A word for the command line. */
  readonly name: string
  readonly title: string
  readonly queries: readonly string[]
}

export function makeKinds(corpus: LetterCorpus, count: number): readonly Kind[] {
  const random = seededRandom(5)
  const { words, inBodies, samples } = corpus
  const total = corpus.ends.length
  const shuffled = <T>(list: readonly T[]) =>
    list
      .map(one => ({ one, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one)
  const between = (least: number, most: number) =>
    shuffled(words.filter((_, word) => (inBodies[word] ?? 0) >= least && (inBodies[word] ?? 0) <= most))
  const rare = between(1, 10).filter(word => word.length >= 6)
  const middle = between(total / 500, total / 50)
  const frequent = between(total / 20, total)
  const [common, syllables] = byUseAsPart(frequent, words)
  const letters = shuffled(samples)
  const writers = [...new Set(samples.map(({ from }) => from))]
  const phrases = letters.flatMap(({ lines }) =>
    lines[1] === undefined ? [] : [lines[1].slice(2, 4).join(" ")],
  )
  const kind = (name: string, title: string, queries: readonly string[]): Kind => ({
    name,
    title,
    queries: [...new Set(queries)].slice(0, count).map(query => `UID SEARCH ${query}`),
  })
  const twos = (list: readonly string[]) => list.map((word, at) => [word, list.at(-1 - at) ?? word] as const)
  return [
    kind(
      "rare",
      "rare word in the body",
      rare.map(word => `BODY "${word}"`),
    ),
    kind(
      "anywhere",
      "rare word anywhere (TEXT)",
      rare.toReversed().map(word => `TEXT "${word}"`),
    ),
    kind(
      "common",
      "common word in the body",
      common.map(word => `BODY "${word}"`),
    ),
    kind(
      "syllable",
      `common word that is also part of over ${manyOthers} other words`,
      syllables.map(word => `BODY "${word}"`),
    ),
    kind(
      "two",
      "two words in the body",
      twos(middle).map(([one, two]) => `BODY "${one}" BODY "${two}"`),
    ),
    kind(
      "address",
      "part of an address: a name",
      shuffled(writers).map(({ last }) => `FROM "${last}"`),
    ),
    kind(
      "inside",
      "part of an address: inside a name",
      shuffled(writers).map(({ address }) => `FROM "${address.slice(2, 9)}"`),
    ),
    kind(
      "subject",
      "header: word in the subject",
      letters.map(({ subject }) => `SUBJECT "${subject[1]}"`),
    ),
    kind(
      "id",
      "header: Message-ID",
      letters.map(({ id }) => `HEADER Message-ID "<${id}>"`),
    ),
    kind(
      "quick",
      "a program's quick search: from, to or subject",
      letters.map(({ from }) => `OR OR FROM "${from.last}" TO "${from.last}" SUBJECT "${from.last}"`),
    ),
    kind(
      "phrase",
      "phrase of two words",
      phrases.map(words => `BODY "${words}"`),
    ),
    kind(
      "substring",
      "part of a rare word in the body",
      rare.map(word => `BODY "${word.slice(1, -1)}"`),
    ),
  ]
}

/** Words from which on a search is for a part of words rather than for a word, since IMAP seeks any substring. */
const manyOthers = 20

/** Those that are part of few other words, and those that are part of many. */
function byUseAsPart(some: readonly string[], words: readonly string[]) {
  const all = words.join(" ")
  const isPartOfMany = (word: string) => all.split(word).length - 2 > manyOthers
  return [some.filter(word => !isPartOfMany(word)), some.filter(isPartOfMany)] as const
}
