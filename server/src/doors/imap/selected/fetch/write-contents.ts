/**
 * FETCH of what only bodies say. Bodies come from the store one after another, whatever their number; a small one is
 * in memory when it is looked at, a large one passes through, or is read by the places that the index knows.
 *
 * What does not open is left out of its response, and counted.
 */
import { findBodyStart, scanMessage } from "@letterkeep/mime"
import { DamagedBodyError, type MessageRow, opensNot, type UidRange } from "../../../../messages/index.ts"
import { BrokenLiteralError, type Out } from "../../handler.ts"
import { newKeywords } from "../flags-response.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"
import { answerContent, type Depth, depthOf } from "./answer-content.ts"
import { type PlacedMessage, placedOf, placedWhole } from "./locate.ts"
import { placeLarge } from "./place-large.ts"
import type { FetchPlan } from "./plan.ts"
import { isAnyThere, type Tally } from "./tally.ts"
import { writeHeld } from "./write-held.ts"
import { writeKept } from "./write-kept.ts"

export interface ContentWork {
  readonly box: Pick<OpenMailbox, "mail" | "privacy" | "known" | "id" | "turns" | "readOnly">
  readonly out: Out
  readonly plan: FetchPlan
  readonly tally: Tally
  /** What stands before the contents: the row's own items and the summary's, with a space between two. */
  readonly head: (row: MessageRow) => string
}

/** One response while it is written: `lead` stands before its next item. */
interface Response {
  readonly row: MessageRow
  lead: string
}

/** Octets of a message that is held whole: most are smaller by far. */
const heldOctets = 256 * 1024

/** `uids`: of messages that have numbers. */
export async function writeContents(work: ContentWork, uids: readonly UidRange[]): Promise<void> {
  const { numbering } = work.box.known
  const told = new Set<number>()
  for (let left = uids; left.length > 0; ) {
    const large = await writeBodies(work, left, told)
    if (large === undefined) break
    told.add(large.uid)
    await writeLarge(work, large)
    left = left.flatMap(({ first, last }) =>
      last <= large.uid ? [] : [{ first: Math.max(first, large.uid + 1), last }],
    )
  }
  const expected = uids.flatMap(({ first, last }) => uidsBetween(numbering, first, last))
  if (expected.length > told.size)
    await writeClosed(
      work,
      expected.filter(uid => !told.has(uid)),
    )
}

function uidsBetween(numbering: OpenMailbox["known"]["numbering"], first: number, last: number): number[] {
  const from = numbering.firstNumberFrom(first)
  return [...numbering.uids().subarray(from - 1, numbering.firstNumberFrom(last + 1) - 1)]
}

/** A large message whose literal has been announced. */
interface Passing {
  left: number
}

/** Stops at a large message of which more is wanted than that it passes through, and answers its row. */
async function writeBodies(
  work: ContentWork,
  uids: readonly UidRange[],
  told: Set<number>,
): Promise<MessageRow | undefined> {
  const { box, out, plan } = work
  const label = labelOfWhole(plan)
  const state: { pieces: Buffer[]; passing: Passing | undefined } = { pieces: [], passing: undefined }
  try {
    for await (const { row, piece, last } of box.mail.bodies(box.id, uids, asksUidAlone(plan))) {
      if (box.known.numbering.numberOf(row.uid) === 0) continue
      const large = row.size > heldOctets
      if (large && label === undefined) return row
      await reading(box, async permit => {
        const octets = piece.open(permit)
        if (!large || label === undefined) state.pieces.push(octets)
        else {
          state.passing ??= announce(work, row, label)
          state.passing.left -= octets.length
          out.write(octets)
        }
      })
      if (last) {
        if (state.passing === undefined) writeWhole(work, begin(work, row), joined(state.pieces))
        else if (state.passing.left === 0) out.write(")\r\n")
        else throw new RangeError("a body has not the octets that its row says")
        told.add(row.uid)
        state.pieces = []
        state.passing = undefined
      }
      if (out.isFull) await out.drained()
    }
  } catch (cause) {
    if (state.passing === undefined) throw cause
    throw new BrokenLiteralError("a message could not be written to its end", { cause })
  }
  return undefined
}

function asksUidAlone({ rowItems }: FetchPlan): boolean {
  return rowItems.size === (rowItems.has("UID") ? 1 : 0)
}

/** Where the whole message is all that is asked of its content. */
function labelOfWhole({ contents }: FetchPlan): string | undefined {
  const [only] = contents
  if (only?.kind !== "section" || contents.length !== 1 || depthOf(contents) !== "none") return undefined
  return only.partial === undefined ? only.label : undefined
}

function announce(work: ContentWork, row: MessageRow, label: string): Passing {
  const { lead } = begin(work, row)
  work.out.write(`${lead}${label} {${row.size}}\r\n`)
  return { left: row.size }
}

function begin({ box, out, tally, plan, head }: ContentWork, row: MessageRow): Response {
  if (plan.rowItems.has("FLAGS")) {
    const keywords = newKeywords(box.known, [row], box.readOnly)
    if (keywords !== "") out.write(keywords)
  }
  tally.told++
  const first = `* ${box.known.numbering.numberOf(row.uid)} FETCH (`
  const text = head(row)
  if (text === "") return { row, lead: first }
  out.write(first + text)
  return { row, lead: " " }
}

function end({ out }: ContentWork, response: Response): void {
  if (response.lead === " ") out.write(")\r\n")
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces)
}

/** All octets are there: a scan of them is quicker than a question to the index. */
function writeWhole(work: ContentWork, response: Response, bytes: Buffer): void {
  const { out, plan, tally } = work
  const placed = placeHeld(bytes, depthOf(plan.contents))
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

function placeHeld(bytes: Buffer, depth: Depth): PlacedMessage {
  switch (depth) {
    case "none":
      return placedWhole(bytes.length)
    case "header":
      return placedWhole(bytes.length, findBodyStart(bytes, 0, bytes.length))
    case "parts":
      return placedOf(scanMessage(bytes).root, bytes.length)
  }
}

async function writeLarge(work: ContentWork, row: MessageRow): Promise<void> {
  const { box, out, plan, tally } = work
  let response: Response | undefined
  try {
    const placed = await placeLarge(box, row, depthOf(plan.contents))
    response = begin(work, row)
    for (const content of plan.contents) {
      const answer = answerContent(content, placed)
      if (answer.kind === "unknown-encoding") tally.unknownEncoding = true
      else {
        await writeKept(box, out, response.lead + content.label, content, answer, row)
        response.lead = " "
      }
      if (out.isFull) await out.drained()
    }
  } catch (error) {
    // What went meanwhile lacks its body.
    if (!opensNot(error) && !(error instanceof DamagedBodyError && (await hasGone(box, row, response))))
      throw response?.lead === " " ? unfinished(error) : error
    tally.closed.add(row.uid)
  }
  end(work, response ?? begin(work, row))
}

async function hasGone(
  box: ContentWork["box"],
  { uid }: MessageRow,
  begun: Response | undefined,
): Promise<boolean> {
  try {
    return !(await isAnyThere(box, new Set([uid])))
  } catch (cause) {
    throw begun?.lead === " " ? unfinished(cause) : cause
  }
}

/** A line that was begun and has no end: no answer can follow it. */
function unfinished(cause: unknown): BrokenLiteralError {
  if (cause instanceof BrokenLiteralError) return cause
  return new BrokenLiteralError("a response could not be written to its end", { cause })
}

/** Those that are still there do not open: what is known of them all the same is told. */
async function writeClosed(work: ContentWork, uids: readonly number[]): Promise<void> {
  const { box, tally } = work
  const wanted = new Set(uids)
  for await (const rows of box.mail.rows(box.id, resolveUids(box.known.numbering, uids).uids))
    for (const row of rows) {
      if (!wanted.has(row.uid)) continue
      tally.closed.add(row.uid)
      end(work, begin(work, row))
    }
}
