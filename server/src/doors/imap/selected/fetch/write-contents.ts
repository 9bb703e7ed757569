/**
 * FETCH of what only bodies say. Small messages come in batches, each batch in one question to the database, and are
 * in memory when they are looked at; a large one is read by the places that the index knows.
 *
 * What does not open is left out of its response, and counted.
 */
import { scanMessage } from "@letterkeep/mime"
import { type MessageRow, opensNot } from "../../../../messages/index.ts"
import type { Out } from "../../handler.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"
import { answerContent, needsParts } from "./answer-content.ts"
import { batchesOf } from "./batches.ts"
import { type PlacedMessage, placedOf } from "./locate.ts"
import { placeLarge, wholeAlone } from "./place-large.ts"
import type { FetchPlan } from "./plan.ts"
import { readOctets } from "./read-octets.ts"
import type { Tally } from "./tally.ts"
import { writeHeld } from "./write-held.ts"
import { writeKept } from "./write-kept.ts"
import { summaryTexts } from "./write-list.ts"

export type ContentParts = Pick<OpenMailbox, "mail" | "privacy" | "known" | "id" | "turns">

/** One response while it is written: `lead` stands before its next item. */
interface Response {
  readonly row: MessageRow
  lead: string
}

interface Work {
  readonly parts: ContentParts
  readonly out: Out
  readonly plan: FetchPlan
  readonly tally: Tally
  /** The rows' own items, with a space between two. */
  readonly head: (row: MessageRow) => string
}

export async function writeContents(
  parts: ContentParts,
  out: Out,
  plan: FetchPlan,
  rows: readonly MessageRow[],
  head: (row: MessageRow) => string,
  tally: Tally,
): Promise<void> {
  const work: Work = { parts, out, plan, tally, head }
  for (const batch of batchesOf(rows)) {
    if (batch.kind === "held") await writeBatch(work, batch.rows)
    else {
      const [text] = await summaryTexts(parts, plan, [batch.row])
      await writeLarge(work, begin(work, batch.row, text))
    }
    if (out.isFull) await out.drained()
  }
}

function begin(
  { parts, out, plan, tally, head }: Work,
  row: MessageRow,
  summary: string | undefined,
): Response {
  const response = { row, lead: `* ${parts.known.numbering.numberOf(row.uid)} FETCH (` }
  tally.told++
  if (plan.summaryItems.size > 0 && summary === undefined) tally.closed++
  for (const text of [head(row), summary ?? ""]) {
    if (text === "") continue
    out.write(response.lead + text)
    response.lead = " "
  }
  return response
}

function end({ out }: Work, response: Response): void {
  if (response.lead === " ") out.write(")\r\n")
}

async function writeBatch(work: Work, rows: readonly MessageRow[]): Promise<void> {
  const { parts, plan, tally } = work
  const texts = await summaryTexts(parts, plan, rows)
  const waiting = new Map(rows.map((row, index) => [row.uid, { row, text: texts[index] }]))
  const { uids } = resolveUids(parts.known.numbering, waiting.keys())
  try {
    let pieces: Buffer[] = []
    for await (const { row, piece, last } of parts.mail.bodies(parts.id, uids)) {
      await reading(parts, async permit => {
        pieces.push(piece.open(permit))
        if (!last) return
        const found = waiting.get(row.uid)
        if (found !== undefined) writeWhole(work, begin(work, found.row, found.text), joined(pieces))
        waiting.delete(row.uid)
        pieces = []
      })
    }
    // What still waits has gone meanwhile.
    return
  } catch (error) {
    if (!opensNot(error)) throw error
  }
  // One of them does not open: which, is found out one by one.
  for (const { row, text } of waiting.values()) {
    const response = begin(work, row, text)
    const bytes = await readWhole(parts, row)
    if (bytes === undefined) {
      tally.closed++
      end(work, response)
    } else writeWhole(work, response, bytes)
  }
}

async function readWhole(parts: ContentParts, row: MessageRow): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  try {
    await readOctets(parts, row, { from: 0, to: row.size }, piece => pieces.push(piece))
    return joined(pieces)
  } catch (error) {
    if (opensNot(error)) return undefined
    throw error
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces)
}

/** All octets are there: a scan of them is quicker than a question to the index. */
function writeWhole(work: Work, response: Response, bytes: Buffer): void {
  const { out, plan, tally } = work
  const placed: PlacedMessage = plan.contents.some(needsParts)
    ? placedOf(scanMessage(bytes).root, bytes.length)
    : { root: wholeAlone, traceBytes: 0, size: bytes.length }
  for (const content of plan.contents) {
    const answer = answerContent(content, placed)
    if (answer.kind === "unknown-encoding") tally.unknownEncoding = true
    else {
      writeHeld(out, response.lead + content.label, content, answer, bytes)
      response.lead = " "
    }
  }
  end(work, response)
}

async function writeLarge(work: Work, response: Response): Promise<void> {
  const { parts, out, plan, tally } = work
  const { row } = response
  try {
    const placed = await placeLarge(parts, row, plan.contents.some(needsParts))
    for (const content of plan.contents) {
      const answer = answerContent(content, placed)
      if (answer.kind === "unknown-encoding") tally.unknownEncoding = true
      else {
        await writeKept(parts, out, response.lead + content.label, content, answer, row)
        response.lead = " "
      }
      if (out.isFull) await out.drained()
    }
  } catch (error) {
    if (!opensNot(error)) throw error
    tally.closed++
  }
  end(work, response)
}
