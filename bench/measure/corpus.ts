/**
 * Mail made from a seed: 60 % of 2 KB, 30 % of 20 KB, 10 % of 200 KB, with the structure that such sizes have:
 * plain text, text beside HTML, an attachment in base64. The words are a made-up vocabulary of 8,000 in which a
 * few are common and most are rare, as in language, so that nothing compresses or indexes unfairly well.
 */

/** A number in [0, 1). */
export type Random = () => number

/** The mulberry32 generator: 32 bits of state, good enough for words. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Sender {
  /** Address of the From field and of the reverse-path. */
  readonly address: string
  readonly domain: string
}

/** Sender of the `index`th message: a few hundred people of a few dozen domains. */
export function senderOf(index: number): Sender {
  const domain = `sender${index % 25}.example`
  return { address: `person${index % 300}@${domain}`, domain }
}

/** Bytes of the `index`th message: six in ten small, three middle, one large. */
export function sizeOf(random: Random): number {
  const dice = random()
  return dice < 0.6 ? 2_000 : dice < 0.9 ? 20_000 : 200_000
}

/** A whole message of about `size` bytes, header counted, CRLF, no line over 78 characters but the base64. */
export function makeMessage(random: Random, size: number, index: number): Buffer {
  const header = headerOf(random, index)
  if (size <= 4_000) return plain(random, header, size)
  if (size <= 40_000) return alternative(random, header, size, index)
  return withAttachment(random, header, size, index)
}

function headerOf(random: Random, index: number): string {
  const { address, domain } = senderOf(index)
  const second = String(index % 60).padStart(2, "0")
  return [
    `From: ${capital(word(random))} ${capital(word(random))} <${address}>`,
    `To: ${capital(word(random))} <user${index % 1_000}@bench.example>`,
    `Subject: ${capital(sentence(random, 7))}`,
    `Date: Mon, 23 Nov 2026 10:${String(Math.floor(index / 60) % 60).padStart(2, "0")}:${second} +0100`,
    `Message-ID: <${index}.${Math.floor(random() * 1e9)}@${domain}>`,
    ...(random() < 0.4 ? [`In-Reply-To: <${Math.floor(random() * 1e6)}.${index}@bench.example>`] : []),
    "MIME-Version: 1.0",
    `X-Mailer: ${capital(word(random))} 4.2`,
    "",
  ].join("\r\n")
}

function plain(random: Random, header: string, size: number): Buffer {
  const head = `${header}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n`
  return Buffer.from(head + prose(random, size - head.length), "latin1")
}

function alternative(random: Random, header: string, size: number, index: number): Buffer {
  const boundary = `=_alt_${index}_${Math.floor(random() * 1e9)}`
  const half = Math.floor((size - header.length - 400) / 2)
  return Buffer.from(
    `${header}Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n${alternatives(random, boundary, half)}`,
    "latin1",
  )
}

function alternatives(random: Random, boundary: string, half: number): string {
  const text = prose(random, half)
  const html = prose(random, half - 200)
    .split("\r\n\r\n")
    .map(paragraph => `<p style="margin:0">${paragraph}</p>`)
    .join("\r\n")
  return [
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "",
    text,
    `--${boundary}`,
    "Content-Type: text/html; charset=utf-8",
    "",
    `<html><head><title>x</title></head><body>\r\n${html}\r\n</body></html>`,
    `--${boundary}--`,
    "",
  ].join("\r\n")
}

function withAttachment(random: Random, header: string, size: number, index: number): Buffer {
  const boundary = `=_mix_${index}_${Math.floor(random() * 1e9)}`
  const inner = `=_alt_${index}_${Math.floor(random() * 1e9)}`
  const head = [
    `${header}Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    `Content-Type: multipart/alternative; boundary="${inner}"`,
    "",
    alternatives(random, inner, 3_000),
    `--${boundary}`,
    `Content-Type: application/pdf; name="${word(random)}.pdf"`,
    `Content-Disposition: attachment; filename="${word(random)}-${index}.pdf"`,
    "Content-Transfer-Encoding: base64",
    "",
    "",
  ].join("\r\n")
  const octets = Buffer.allocUnsafe(Math.floor(((size - head.length) * 57) / 78))
  for (let at = 0; at < octets.length; at++) octets[at] = random() * 256
  const lines = octets.toString("base64").match(/.{1,76}/g) ?? []
  return Buffer.from(`${head}${lines.join("\r\n")}\r\n--${boundary}--\r\n`, "latin1")
}

/** Paragraphs of lines under 78 characters, about `size` bytes, ending in CRLF. */
function prose(random: Random, size: number): string {
  const lines: string[] = []
  let length = 0
  let line = ""
  while (length < size - 80) {
    const next = word(random)
    if (line.length + next.length > 72) {
      lines.push(line)
      length += line.length + 2
      line = next
      if (random() < 0.12) {
        lines.push("")
        length += 2
      }
    } else line = line === "" ? next : `${line} ${next}`
  }
  return `${lines.join("\r\n")}\r\n`
}

function sentence(random: Random, words: number): string {
  return Array.from({ length: words }, () => word(random)).join(" ")
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const VOCABULARY_SIZE = 8_000
const SYLLABLES =
  "ba be bi bo bu da de di do du fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to".split(
    " ",
  )
const VOCABULARY = makeVocabulary()

function makeVocabulary(): readonly string[] {
  const random = seededRandom(7)
  const syllable = () => SYLLABLES[Math.floor(random() * SYLLABLES.length)] ?? "ba"
  const words = new Set<string>()
  while (words.size < VOCABULARY_SIZE)
    words.add(Array.from({ length: 1 + Math.floor(random() * 3.5) }, syllable).join(""))
  return [...words]
}

/** The square of a fair number: the first words of the list are much more frequent than the last. */
function word(random: Random): string {
  const dice = random()
  return VOCABULARY[Math.floor(dice * dice * dice * VOCABULARY_SIZE)] ?? "ba"
}
