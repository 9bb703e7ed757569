/**
 * Makes one segment of several that follow one another, without what has gone. Runs in the worker, and holds of each
 * of them one block of terms and one of summaries at a time.
 */
import { DamagedIndexError } from "./damaged-index-error.ts"
import { dictionaryCount } from "./fields.ts"
import { decompress } from "./frame.ts"
import type { InputSegment, ReadPages } from "./merge-input.ts"
import { pageKind, pagesOf, readStretch, type StreamKind, type Stretch } from "./page-streams.ts"
import { readAhead } from "./read-ahead.ts"
import type { CutLists } from "./root.ts"
import {
  createSegmentWriter,
  type MadeSegment,
  type SealedPage,
  type SegmentName,
  type SegmentWriter,
} from "./segment-writer.ts"
import { openSummaryBlock } from "./summary-block.ts"
import type { TermWriter } from "./term-blocks.ts"
import { openTermCursor, type TermCursor } from "./term-cursor.ts"
import { createTermPostings } from "./term-postings.ts"
import { readTextBlock } from "./text-block.ts"

/** Pages that are read at once of a stream: of blocks from one segment, of terms from all. */
const pagesAhead = { blocks: 16, terms: 16 }

/** An ordinal that has gone. */
const none = 0xffff_ffff

/** A segment that is merged, with the ordinals of its messages in the new one. */
interface Placed extends InputSegment {
  readonly becomes: Uint32Array
}

/** Undefined: nothing of them is left. `inputs`: ascending, none overlaps another. */
export async function mergeSegments(
  name: SegmentName,
  inputs: readonly InputSegment[],
  read: ReadPages,
  store: (pages: readonly SealedPage[]) => Promise<void>,
): Promise<MadeSegment | undefined> {
  const { placed, emails } = place(inputs)
  if (emails.length === 0) return undefined
  const out = createSegmentWriter(name, store)
  for (const input of placed) await copyBlocks(input, readAhead(read, pagesAhead.blocks), out)
  const terms = out.terms(emails.length)
  const readTerms = readAhead(read, pagesAhead.terms)
  for (let dictionary = 0; dictionary < dictionaryCount; dictionary++)
    await mergeTerms(placed, dictionary, readTerms, terms, out)
  return await out.end(Float64Array.from(emails), cutOf(placed), terms)
}

function place(inputs: readonly InputSegment[]): { placed: readonly Placed[]; emails: readonly number[] } {
  const emails: number[] = []
  const placed = inputs.map(input => {
    const { root, gone } = input
    const becomes = new Uint32Array(root.emails.length).fill(none)
    for (const [ordinal, email] of root.emails.entries()) {
      if (gone.has(email)) continue
      if (email <= (emails.at(-1) ?? 0)) throw new DamagedIndexError("segments overlap")
      becomes[ordinal] = emails.push(email) - 1
    }
    return { ...input, becomes }
  })
  return { placed, emails }
}

/** Summaries and texts: a block without losses is copied as it is. */
async function copyBlocks(input: Placed, read: ReadPages, out: SegmentWriter): Promise<void> {
  let [offset, textOffset, ordinal] = [0, 0, 0]
  for (const { octets, textOctets, messages } of input.root.summaries) {
    const kept: number[] = []
    for (let at = 0; at < messages; at++) if (input.becomes[ordinal + at] !== none) kept.push(at)
    if (kept.length > 0) {
      const summaries = await readBlock(input, pageKind.summaries, { offset, length: octets }, read)
      const texts = await readBlock(input, pageKind.texts, { offset: textOffset, length: textOctets }, read)
      if (kept.length === messages) out.copyBlock(summaries, texts, messages)
      else {
        const block = openSummaryBlock(summaries, messages)
        const rows = readTextBlock(decompress(texts), messages)
        out.block(
          kept.map(at => block.row(at)),
          rows.filter((_, at) => kept.includes(at)),
        )
      }
      await out.flush()
    }
    offset += octets
    textOffset += textOctets
    ordinal += messages
  }
}

async function readBlock(
  input: Placed,
  kind: StreamKind,
  stretch: Stretch,
  read: ReadPages,
): Promise<Buffer> {
  const { first, last } = pagesOf(kind, stretch)
  const pages = await read(input, kind, first, last - first + 1)
  return readStretch(kind, stretch, no => pages[no - first])
}

interface Open {
  /** Its place among the segments. */
  readonly at: number
  readonly cursor: TermCursor
  /** Keeps a message of the term at hand. */
  readonly keep: (field: number, ordinal: number) => void
}

async function mergeTerms(
  inputs: readonly Placed[],
  dictionary: number,
  read: ReadPages,
  terms: TermWriter,
  out: SegmentWriter,
): Promise<void> {
  const postings = createTermPostings()
  /** By their terms, the least first; those of one term in the order of their messages. */
  const open: Open[] = []
  for (const [at, input] of inputs.entries()) {
    const { becomes } = input
    const cursor = await openTermCursor(input, dictionary, read)
    enter(open, {
      at,
      cursor,
      keep(field, ordinal) {
        const place = becomes[ordinal] ?? none
        if (place !== none) postings.add(field, place)
      },
    })
  }
  for (;;) {
    const least = open[0]?.cursor.term
    if (least === undefined) return
    let count = 0
    for (let one = open[0]; one?.cursor.term === least; one = open[++count]) {
      const loading = one.cursor.take(one.keep)
      if (loading === undefined) continue
      await loading
      await out.flush()
    }
    // A term whose messages have all gone goes with them.
    if (postings.fields !== 0) terms.add(dictionary, least, postings)
    postings.clear()
    for (const one of open.splice(0, count)) enter(open, one)
  }
}

/** One that is at its end is not entered. */
function enter(open: Open[], one: Open): void {
  const { term } = one.cursor
  if (term === undefined) return
  let at = open.length
  for (; at > 0; at--) {
    const before = open[at - 1]
    const other = before?.cursor.term
    if (before === undefined || other === undefined) break
    if (other < term || (other === term && before.at < one.at)) break
    open[at] = before
  }
  open[at] = one
}

function cutOf(inputs: readonly Placed[]): CutLists {
  const of = (name: keyof CutLists): number[] =>
    inputs.flatMap(({ root, becomes }) =>
      Array.from(root.cut[name], ordinal => becomes[ordinal] ?? none).filter(place => place !== none),
    )
  return { header: of("header"), text: of("text"), names: of("names") }
}
