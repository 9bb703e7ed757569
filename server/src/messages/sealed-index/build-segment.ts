/** Makes the first segment of messages: of their sealed entries. Runs in the worker. */
import type { KeyObject } from "node:crypto"
import type { EmailId } from "../../store/ids.ts"
import { VaultError } from "../../vaults/vault-error.ts"
import { type Entry, readEntry } from "../entry.ts"
import { EntryError } from "../entry-bytes.ts"
import { openEntryData } from "../sealed-entry.ts"
import { foldedTexts } from "./entry-texts.ts"
import { createTermGatherer } from "./gather-terms.ts"
import { type GatherLimits, gatherLimits, summaryBlockMessages } from "./limits.ts"
import { createSegmentWriter, type MadeSegment, type SealedPage, type SegmentName } from "./segment-writer.ts"
import { type SummaryRow, summaryRowOf } from "./summary-block.ts"
import { type TextRow, textRowOf } from "./text-block.ts"

export interface SealedEntry {
  readonly email: EmailId
  readonly bodyId: Buffer
  readonly key: KeyObject
  readonly headBytes: number | undefined
  readonly data: Buffer
}

export interface BuildPorts {
  /** The next entries, ascending; none: there are no more. */
  entries(): Promise<readonly SealedEntry[]>
  store(pages: readonly SealedPage[]): Promise<void>
}

export interface Built {
  /** Undefined: no entry could be read. */
  readonly made: MadeSegment | undefined
  /** Entries that are in it: those behind the last of them wait for the next one. */
  readonly taken: readonly EmailId[]
  /** It did not open, or was no entry: the segment ends before it, so that it does not lie inside. */
  readonly damaged: readonly EmailId[]
}

export async function buildSegment(
  name: SegmentName,
  ports: BuildPorts,
  limits: GatherLimits = gatherLimits,
): Promise<Built> {
  const out = createSegmentWriter(name, ports.store)
  const gatherer = createTermGatherer(limits)
  const emails: number[] = []
  const taken: EmailId[] = []
  const damaged: EmailId[] = []
  const cut = { header: [] as number[], text: [] as number[], names: [] as number[] }
  let rows: SummaryRow[] = []
  let texts: TextRow[] = []
  const cutRows = (): void => {
    if (rows.length > 0) out.block(rows, texts)
    rows = []
    texts = []
  }
  reading: for (;;) {
    const entries = await ports.entries()
    if (entries.length === 0) break
    for (const sealed of entries) {
      if (gatherer.full) break reading
      const entry = openEntry(name, sealed)
      if (entry === undefined) {
        damaged.push(sealed.email)
        break reading
      }
      taken.push(sealed.email)
      const ordinal = emails.push(sealed.email) - 1
      const folded = foldedTexts(entry)
      gatherer.add(ordinal, folded, entry.names)
      if (entry.cut) cut.header.push(ordinal)
      if (entry.textCut) cut.text.push(ordinal)
      if (entry.namesCut) cut.names.push(ordinal)
      rows.push(summaryRowOf(entry, sealed.bodyId))
      texts.push(textRowOf(folded))
      if (rows.length === summaryBlockMessages) cutRows()
    }
    await out.flush()
  }
  if (emails.length === 0) return { made: undefined, taken, damaged }
  cutRows()
  const terms = out.terms(emails.length)
  gatherer.write(terms)
  return { made: await out.end(Float64Array.from(emails), cut, terms), taken, damaged }
}

/** Undefined where it is damaged: it will be made again of the message. */
export function openEntry(
  { account }: Pick<SegmentName, "account">,
  { email, bodyId: body, key, headBytes, data }: SealedEntry,
): Entry | undefined {
  try {
    return readEntry(openEntryData(key, { account, email, body }, data, headBytes))
  } catch (error) {
    if (error instanceof VaultError || error instanceof EntryError) return undefined
    throw error
  }
}
