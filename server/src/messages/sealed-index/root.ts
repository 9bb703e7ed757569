/**
 * The root of a segment: which messages are in it and where everything lies. Sealed as page 0 of its own kind, beside
 * the segment's row, so that one query opens a segment.
 *
 *   root      = length frame *%d0                   ; 4 octets, big-endian; filled up to a step of `rootStepBytes`
 *   frame     = version docs *delta cut cut cut summaries blocks                ; compressed
 *   delta     = number                              ; email ids ascending, each less the one before it
 *   cut       = octets postings                     ; messages whose header, text, names an entry did not hold whole
 *   summaries = count *(octets text-octets messages)  ; blocks one behind the other in the streams of summaries and texts
 *   blocks    = count *(dictionary octets first count terms info lists grams)
 */
import { PAGE_OVERHEAD_BYTES } from "../../vaults/segment-pages.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { compress, decompress } from "./frame.ts"
import { rootStepBytes } from "./limits.ts"
import { decodePostings, encodePostings } from "./postings.ts"
import type { TermBlock } from "./term-blocks.ts"
import { createOctets, readOctets } from "./varints.ts"

/** A segment of an older version is made again of the messages, as a damaged one is. */
const version = 6

export interface SummaryBlockPlace {
  /** Octets in the stream of summaries, behind the block before it. */
  readonly octets: number
  /** The same of their texts. */
  readonly textOctets: number
  readonly messages: number
}

/** Where a message's summary lies. */
export interface SummaryPlace {
  readonly offset: number
  readonly octets: number
  readonly messages: number
  /** Its place in the block. */
  readonly at: number
}

/** Blocks are found by what comes before each: for one root, made once. */
export function summaryPlaces({
  summaries,
}: Pick<Root, "summaries">): (ordinal: number) => SummaryPlace | undefined {
  const firsts = new Uint32Array(summaries.length)
  const offsets = new Float64Array(summaries.length)
  let [first, offset] = [0, 0]
  for (const [at, { octets, messages }] of summaries.entries()) {
    firsts[at] = first
    offsets[at] = offset
    first += messages
    offset += octets
  }
  return ordinal => {
    if (ordinal >= first) return undefined
    let [low, high] = [0, summaries.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((firsts[middle] ?? 0) <= ordinal) low = middle
      else high = middle - 1
    }
    const block = summaries[low]
    if (block === undefined) return undefined
    const { octets, messages } = block
    return { octets, messages, offset: offsets[low] ?? 0, at: ordinal - (firsts[low] ?? 0) }
  }
}

/** Ordinals of messages of which only the body has all. */
export interface CutLists {
  readonly header: ArrayLike<number>
  readonly text: ArrayLike<number>
  readonly names: ArrayLike<number>
}

export interface Root {
  /** Email ids ascending; a message's ordinal is its place here. */
  readonly emails: Float64Array
  readonly cut: CutLists
  readonly summaries: readonly SummaryBlockPlace[]
  readonly blocks: readonly TermBlock[]
}

const cutNames = ["header", "text", "names"] as const

export function writeRoot({ emails, cut, summaries, blocks }: Root): Buffer {
  const out = createOctets(16 * 1024)
  out.number(version)
  out.number(emails.length)
  let before = 0
  for (const email of emails) {
    out.number(email - before)
    before = email
  }
  for (const name of cutNames) {
    const list = encodePostings(cut[name], emails.length)
    out.number(list.length)
    out.raw(list)
  }
  out.number(summaries.length)
  for (const { octets, textOctets, messages } of summaries) {
    out.number(octets)
    out.number(textOctets)
    out.number(messages)
  }
  out.number(blocks.length)
  for (const block of blocks) {
    out.number(block.dictionary)
    out.number(block.first.length)
    out.binary(block.first)
    for (const value of [block.count, block.terms, block.info, block.lists, block.grams]) out.number(value)
  }
  const frame = compress(out.view())
  const needed = 4 + frame.length + PAGE_OVERHEAD_BYTES
  const root = Buffer.alloc(Math.ceil(needed / rootStepBytes) * rootStepBytes - PAGE_OVERHEAD_BYTES)
  root.writeUInt32BE(frame.length)
  root.set(frame, 4)
  return root
}

/** Throws DamagedIndexError. */
export function readRoot(bytes: Buffer): Root {
  if (bytes.length < 4) throw new DamagedIndexError("a root is too short")
  const read = readOctets(decompress(bytes.subarray(4, 4 + bytes.readUInt32BE(0))))
  if (read.number() !== version) throw new DamagedIndexError("a root of an unknown version")
  const emails = new Float64Array(read.number())
  let email = 0
  for (let at = 0; at < emails.length; at++) {
    email += read.number()
    emails[at] = email
  }
  const [header, text, names] = cutNames.map(() => decodePostings(read.raw(read.number()), emails.length))
  if (header === undefined || text === undefined || names === undefined)
    throw new DamagedIndexError("no lists")
  const summaries = Array.from({ length: read.number() }, () => ({
    octets: read.number(),
    textOctets: read.number(),
    messages: read.number(),
  }))
  const blocks = Array.from({ length: read.number() }, () => {
    const dictionary = read.number()
    const first = read.raw(read.number()).toString("latin1")
    const [count, terms, info] = [read.number(), read.number(), read.number()]
    const [lists, grams] = [read.number(), read.number()]
    return { dictionary, first, count, terms, info, lists, grams }
  })
  return { emails, cut: { header, text, names }, summaries, blocks }
}
