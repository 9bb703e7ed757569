/** Writes a new segment: blocks in, sealed pages out, and at the end the sealed root. */
import type { KeyObject } from "node:crypto"
import type { AccountId } from "../../store/ids.ts"
import { sealPage } from "../../vaults/segment-pages.ts"
import { createStreamWriter, pageKind, type StreamKind } from "./page-streams.ts"
import { type CutLists, type SummaryBlockPlace, writeRoot } from "./root.ts"
import { createSummaryBlockWriter, type SummaryRow } from "./summary-block.ts"
import { createTermWriter, type TermWriter } from "./term-blocks.ts"
import { createTextBlockWriter, type TextRow } from "./text-block.ts"

/** Whose segment, its number and the key that seals each of its pages once. */
export interface SegmentName {
  readonly account: AccountId
  readonly id: number
  readonly key: KeyObject
}

export interface SealedPage {
  readonly kind: number
  readonly no: number
  readonly data: Buffer
}

/** What the database gets of a segment besides its pages. */
export interface MadeSegment {
  readonly lo: number
  readonly hi: number
  readonly docs: number
  readonly pages: number
  /** Sealed. */
  readonly root: Buffer
}

export interface SegmentWriter {
  /** Summaries and texts of messages, as many of these as of those, in their order. */
  block(rows: readonly SummaryRow[], texts: readonly TextRow[]): void
  /** Blocks as another segment has them. */
  copyBlock(summaries: Uint8Array, texts: Uint8Array, messages: number): void
  /** For a segment of so many messages. */
  terms(docs: number): TermWriter
  /** Hands on what is ready when that is a good deal. */
  flush(): Promise<void>
  end(emails: Float64Array, cut: CutLists, terms: TermWriter): Promise<MadeSegment>
}

/** Octets of pages that are handed on together. */
const flushBytes = 1024 * 1024

export function createSegmentWriter(
  { account, id, key }: SegmentName,
  store: (pages: readonly SealedPage[]) => Promise<void>,
): SegmentWriter {
  let ready: SealedPage[] = []
  let readyBytes = 0
  let pages = 0
  const open = (kind: StreamKind) =>
    createStreamWriter(kind, (no, plain) => {
      const data = sealPage(key, { account, segment: id, kind, no }, plain)
      ready.push({ kind, no, data })
      readyBytes += data.length
      pages++
    })
  const streams = {
    summaries: open(pageKind.summaries),
    terms: open(pageKind.terms),
    info: open(pageKind.info),
    lists: open(pageKind.lists),
    texts: open(pageKind.texts),
    grams: open(pageKind.grams),
  }
  const writeSummaries = createSummaryBlockWriter()
  const writeTexts = createTextBlockWriter()
  const places: SummaryBlockPlace[] = []
  const handOn = async (): Promise<void> => {
    const batch = ready
    ready = []
    readyBytes = 0
    if (batch.length > 0) await store(batch)
  }
  const copyBlock = (summaries: Uint8Array, texts: Uint8Array, messages: number): void => {
    streams.summaries.append(summaries)
    streams.texts.append(texts)
    places.push({ octets: summaries.length, textOctets: texts.length, messages })
  }
  return {
    copyBlock,
    block: (rows, texts) => copyBlock(writeSummaries(rows), writeTexts(texts), rows.length),
    terms: docs => createTermWriter(docs, streams),
    async flush() {
      if (readyBytes >= flushBytes) await handOn()
    },
    async end(emails, cut, terms) {
      const blocks = terms.done()
      for (const stream of Object.values(streams)) stream.end()
      await handOn()
      const plain = writeRoot({ emails, cut, summaries: places, blocks })
      const root = sealPage(key, { account, segment: id, kind: pageKind.root, no: 0 }, plain)
      return { lo: emails[0] ?? 0, hi: emails.at(-1) ?? 0, docs: emails.length, pages, root }
    },
  }
}
