/**
 * The mails of the run: about 144 words each, of people with addresses, some in answer to others. While they are
 * written it is counted in how many each word is, so that queries can be chosen by that.
 */
import { closeSync, openSync, writeSync } from "node:fs"
import type { CorpusFile } from "../imap/orders.ts"
import { type Random, seededRandom } from "../measure/corpus.ts"
import { makeVocabulary, type Vocabulary } from "./vocabulary.ts"

export interface LetterCorpus extends CorpusFile {
  readonly words: readonly string[]
  /** Messages whose body holds each word. */
  readonly inBodies: Uint32Array
  /** Some of the messages, for queries that ask for what stands in one. */
  readonly samples: readonly Letter[]
}

export interface Person {
  readonly first: string
  readonly last: string
  readonly address: string
}

export interface Letter {
  readonly from: Person
  readonly id: string
  readonly subject: readonly string[]
  /** The words of each line. */
  readonly lines: readonly (readonly string[])[]
}

const howManyPeople = 3_000
const wordsOfBody = 130
const wordsOfLine = 10
const everySample = 97
/** Octets written at a time. */
const portion = 4 << 20

export function writeLetters(file: string, count: number): LetterCorpus {
  const random = seededRandom(count)
  const vocabulary = makeVocabulary()
  const people = makePeople(random, vocabulary)
  const seen = new Int32Array(vocabulary.words.length).fill(-1)
  const inBodies = new Uint32Array(vocabulary.words.length)
  const samples: Letter[] = []
  const ends: number[] = []
  const out = openSync(file, "w")
  let end = 0
  let waiting: Buffer[] = []
  let waitingOctets = 0
  for (let no = 0; no < count; no += 1) {
    const letter = makeLetter(random, vocabulary, people, no, word => {
      if (seen[word] === no) return
      seen[word] = no
      inBodies[word] = (inBodies[word] ?? 0) + 1
    })
    if (no % everySample === 0) samples.push(letter)
    const bytes = Buffer.from(textOf(letter, random, no), "latin1")
    waiting.push(bytes)
    waitingOctets += bytes.length
    end += bytes.length
    ends.push(end)
    if (waitingOctets > portion || no === count - 1) {
      writeSync(out, Buffer.concat(waiting))
      waiting = []
      waitingOctets = 0
    }
  }
  closeSync(out)
  return { file, ends, words: vocabulary.words, inBodies, samples }
}

function makePeople(random: Random, { words }: Vocabulary): readonly Person[] {
  const word = (from: number, to: number) => words[from + Math.floor(random() * (to - from))] ?? "x"
  return Array.from({ length: howManyPeople }, () => {
    const [first, last] = [word(200, 600), word(3_000, 8_000)]
    return { first, last, address: `${first}.${last}@${word(8_000, 8_300)}.example` }
  })
}

function makeLetter(
  random: Random,
  { words, pick }: Vocabulary,
  people: readonly Person[],
  no: number,
  onWord: (word: number) => void,
): Letter {
  const from = people[Math.floor(random() ** 2 * people.length)]
  if (from === undefined) throw new RangeError("nobody is there")
  const length = Math.round(wordsOfBody * (0.4 + 1.2 * random()))
  const lines: string[][] = []
  for (let at = 0; at < length; at += 1) {
    const word = pick(random)
    onWord(word)
    if (at % wordsOfLine === 0) lines.push([])
    lines.at(-1)?.push(words[word] ?? "")
  }
  const subject = Array.from({ length: 3 + Math.floor(random() * 5) }, () => words[pick(random)] ?? "")
  return { from, id: `${no}.${Math.floor(random() * 1e9)}@${from.address.split("@")[1]}`, subject, lines }
}

function textOf({ from, id, subject, lines }: Letter, random: Random, no: number): string {
  const day = String(1 + (no % 28)).padStart(2, "0")
  const second = String(no % 60).padStart(2, "0")
  return [
    `From: ${capital(from.first)} ${capital(from.last)} <${from.address}>`,
    "To: Ada <ada@house.example>",
    `Subject: ${random() < 0.3 ? "Re: " : ""}${capital(subject.join(" "))}`,
    `Date: ${day} Nov 2026 10:${String(no % 59).padStart(2, "0")}:${second} +0100`,
    `Message-ID: <${id}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    ...lines.map(words => words.join(" ")),
    "",
  ].join("\r\n")
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
