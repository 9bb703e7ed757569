/**
 * The texts of the messages of a block of summaries, folded, in their order: where the words of a question do not
 * tell whether they stand side by side, the text does.
 *
 *   block = *(octets octets) *(body names)          ; UTF-8; compressed as one
 */
import type { IndexField } from "./fields.ts"
import { compress } from "./frame.ts"
import { createOctets, readOctets } from "./varints.ts"

export interface TextRow {
  readonly body: Buffer
  /** Names of attachments, a line each. */
  readonly names: Buffer
}

/** `texts`: folded. */
export function textRowOf(texts: ReadonlyMap<IndexField, string>): TextRow {
  return { body: Buffer.from(texts.get("body") ?? ""), names: Buffer.from(texts.get("attachment") ?? "") }
}

export function createTextBlockWriter(): (rows: readonly TextRow[]) => Buffer {
  const out = createOctets(256 * 1024)
  return rows => {
    out.clear()
    for (const { body, names } of rows) {
      out.number(body.length)
      out.number(names.length)
    }
    for (const { body, names } of rows) {
      out.raw(body)
      out.raw(names)
    }
    return compress(out.view())
  }
}

/** Octets of a block before compression, as it mostly is. */
export const textBlockBytes = 256 * 1024

/** Views of `plain`, the block decompressed. Throws DamagedIndexError where it has fewer messages. */
export function readTextBlock(plain: Buffer, messages: number): readonly TextRow[] {
  const read = readOctets(plain)
  const lengths = Array.from({ length: messages }, () => [read.number(), read.number()] as const)
  return lengths.map(([body, names]) => ({ body: read.raw(body), names: read.raw(names) }))
}
