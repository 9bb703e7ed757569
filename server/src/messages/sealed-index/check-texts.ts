/** Whether messages that have all words of a question have its text: found in the texts themselves. */
import { DamagedSegmentError, inSegment } from "./damaged-index-error.ts"
import { placeOf } from "./fields.ts"
import { decompressAside } from "./frame.ts"
import { pageKind } from "./page-streams.ts"
import { type Reading, readBatches } from "./reading.ts"
import type { Segment } from "./segment-list.ts"
import { readTextBlock, textBlockBytes } from "./text-block.ts"

export interface Candidates {
  readonly segment: Segment
  /** Ascending. */
  readonly ordinals: readonly number[]
  readonly hit: (ordinal: number) => void
}

interface WantedBlock {
  readonly candidates: Candidates
  readonly offset: number
  readonly octets: number
  readonly messages: number
  /** Of its first message. */
  readonly first: number
  readonly ordinals: readonly number[]
}

/** Blocks that are decompressed on other threads, beside the search through the one before them. */
const opensAtOnce = 4

const bodyBit = 1 << (placeOf.get("body")?.field ?? 0)
const namesBit = 1 << (placeOf.get("attachment")?.field ?? 0)

/** `fields`: bits of the dictionary of words. Calls `hit` for each message that has the text. */
export async function checkTexts(
  reading: Reading,
  all: readonly Candidates[],
  text: string,
  fields: number,
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  const needle = Buffer.from(text)
  const wanted = all.flatMap(blocksOf)
  const opening: { readonly block: WantedBlock; readonly plain: Promise<Buffer> }[] = []
  const seekNext = async (): Promise<void> => {
    const next = opening.shift()
    if (next === undefined) return
    const { candidates, messages, first, ordinals } = next.block
    const { segment, hit } = candidates
    const plain = await next.plain.catch(cause => {
      throw new DamagedSegmentError(segment.id, { cause })
    })
    const rows = inSegment(segment, () => readTextBlock(plain, messages))
    for (const ordinal of ordinals) {
      const row = rows[ordinal - first]
      if (row === undefined) continue
      const inBody = (fields & bodyBit) !== 0 && row.body.includes(needle)
      if (inBody || ((fields & namesBit) !== 0 && row.names.includes(needle))) hit(ordinal)
    }
    await breathe()
  }
  await readBatches(
    reading,
    wanted,
    ({ candidates, offset, octets }) => ({
      segment: candidates.segment,
      kind: pageKind.texts,
      stretch: { offset, length: octets },
    }),
    async (block, frame) => {
      const plain = decompressAside(frame, textBlockBytes)
      // It may fail while those before it are sought through; it is awaited in its turn.
      plain.catch(() => undefined)
      opening.push({ block, plain })
      if (opening.length === opensAtOnce) await seekNext()
    },
  )
  while (opening.length > 0) await seekNext()
}

function blocksOf(candidates: Candidates): WantedBlock[] {
  const { segment, ordinals } = candidates
  const blocks: WantedBlock[] = []
  let [first, offset, next] = [0, 0, 0]
  for (const { textOctets: octets, messages } of segment.root.summaries) {
    const from = next
    while ((ordinals[next] ?? Number.POSITIVE_INFINITY) < first + messages) next++
    if (next > from)
      blocks.push({ candidates, offset, octets, messages, first, ordinals: ordinals.slice(from, next) })
    first += messages
    offset += octets
  }
  return blocks
}
