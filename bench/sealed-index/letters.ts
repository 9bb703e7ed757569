/**
 * Letters for the index, made from a seed: 144 words each, of a vocabulary that grows with the mail as that of people
 * does (a few words are everywhere, half of all words are in one letter alone), two thousand correspondents, and what
 * no other letter has: an order number, a link with a code, its Message-ID.
 */
import { type Random, seededRandom } from "../measure/corpus.ts"

const vocabularySize = 200_000
const correspondents = 2_000
const wordsOfLetter = 144

const syllables =
  "ba be bi bo bu da de di do du fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no pra re ri ro sa se si so sta te ti to tru ver zen".split(
    " ",
  )

export interface Letters {
  /** The `index`th letter. */
  letter(index: number): Buffer
  /** A word by how common it is: 0 is the most common. */
  word(rank: number): string
  address(correspondent: number): string
}

export function createLetters(seed = 11): Letters {
  const random = seededRandom(seed)
  const words: string[] = []
  const known = new Set<string>()
  while (words.length < vocabularySize) {
    const length = 1 + Math.floor(random() * 4)
    const made = Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)] ?? "").join(
      "",
    )
    const word = known.has(made) ? `${made}${words.length.toString(36)}` : made
    known.add(word)
    words.push(word)
  }
  const word = (rank: number): string => words[Math.min(words.length - 1, rank)] ?? ""
  const address = (n: number): string =>
    `${word(300 + n * 7)}.${word(900 + n * 3)}@${word(200 + (n % 90))}.example`
  const name = (n: number): string => `${capital(word(300 + n * 7))} ${capital(word(900 + n * 3))}`

  function letter(index: number): Buffer {
    const own = seededRandom(index * 2_654_435_761)
    const from = Math.floor(own() ** 2 * correspondents)
    const id = (n: number) =>
      `<${(n * 48_271).toString(36)}.${(n * 7_919).toString(16)}@${word(200 + (n % 90))}.example>`
    const code = Array.from({ length: 5 }, () => Math.floor(own() * 2 ** 31).toString(36)).join("")
    const replied = Array.from({ length: own() < 0.5 ? Math.floor(own() * 5) : 0 }, () =>
      id(Math.floor(own() * index)),
    )
    const text = lines(own, wordsOfLetter)
    return Buffer.from(
      [
        `From: ${name(from)} <${address(from)}>`,
        `To: Me Myself <me@home.example>${own() < 0.2 ? `, ${name(from + 1)} <${address(from + 1)}>` : ""}`,
        `Subject: ${capital(Array.from({ length: 6 }, () => zipf(own)).join(" "))}`,
        `Date: Mon, ${1 + (index % 28)} Jun 2026 ${two(index % 24)}:${two(index % 60)}:${two((index * 7) % 60)} +0200`,
        `Message-ID: ${id(index)}`,
        ...(replied.length > 0 ? [`In-Reply-To: ${replied[0]}`, `References: ${replied.join(" ")}`] : []),
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "List-Id: <news.example>",
        `X-Mailer: Writer 4.${index % 9}`,
        "",
        text,
        `Order ${1_000_000 + index * 3}, see https://${word(200 + (index % 90))}.example/t/${code}?u=${index}`,
        "",
      ].join("\r\n"),
      "latin1",
    )
  }
  const zipf = (own: Random): string => word(Math.floor(vocabularySize ** own()) - 1)
  const lines = (own: Random, count: number): string => {
    const out: string[] = []
    for (let at = 0; at < count; at += 12) out.push(Array.from({ length: 12 }, () => zipf(own)).join(" "))
    return out.join("\r\n")
  }
  return { letter, word, address }
}

const two = (n: number): string => String(n).padStart(2, "0")
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
