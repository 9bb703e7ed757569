/** FETCH and UID FETCH (RFC 9051 §6.4.5, §6.4.9), with CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6). */
import type { CommandOf, SequenceSet } from "@letterkeep/imap"
import type { MessageRow, UidRange } from "../../../../messages/index.ts"
import { asId, type ModSeq } from "../../../../store/ids.ts"
import type { Answer, Out } from "../../handler.ts"
import { newKeywords, tellsModseq } from "../flags-response.ts"
import type { Numbering } from "../numbering.ts"
import { enableCondstore, noSuchNumber, type OpenMailbox } from "../open-mailbox.ts"
import { portionsOf, rangesOf, resolveSet, resolveUids } from "../resolve-set.ts"
import { tellVanished, vanishedSince } from "../vanished-since.ts"
import { type Marked, markSeen } from "./mark-seen.ts"
import { type FetchPlan, planFetch, type RowItem } from "./plan.ts"
import { rowItemsWriter } from "./row-items.ts"
import { fetchAnswer, newTally, type Tally } from "./tally.ts"
import { writeContents } from "./write-contents.ts"
import {
  isOfSummariesAlone,
  summaryTexts,
  writeRows,
  writeSummaries,
  writeSummariesAlone,
} from "./write-list.ts"

export async function fetch(box: OpenMailbox, command: CommandOf<"FETCH">, out: Out): Promise<Answer> {
  const { messages, changedSince, vanished } = command
  const resolved = resolveSet(box.known.numbering, messages, box.known.saved)
  if (resolved.kind === "no-such-number") return noSuchNumber
  const plan = planFetch(command.items, { uid: messages.uid, changedSince: changedSince !== undefined })
  if (plan.rowItems.has("MODSEQ")) enableCondstore(box, out)
  if (vanished) {
    // RFC 7162 §3.2.6
    if (!messages.uid || changedSince === undefined || !box.enabled.has("QRESYNC"))
      return { kind: "bad", text: "VANISHED belongs to UID FETCH with CHANGEDSINCE, after ENABLE QRESYNC" }
    await tellGoneSince(box, messages.set, asId(changedSince), out)
  }
  const tally = newTally()
  const since = changedSince === undefined ? undefined : asId<ModSeq>(changedSince)
  for (const uids of portions(box.known.numbering, resolved.uids, plan)) {
    box.signal.throwIfAborted()
    if (isOfSummariesAlone(plan)) await writeSummariesAlone(box, out, plan, uids, tally)
    else if (rowsComeFirst(box, plan, since)) await writeByRows(box, out, plan, uids, since, tally)
    else
      await writeContents(
        { box, out, plan, tally, head: rowItemsWriter(plan.rowItems, box.known.claims) },
        uids,
      )
  }
  return await fetchAnswer(
    box,
    tally,
    messages.uid || changedSince !== undefined ? undefined : resolved.count,
  )
}

/** Messages whose bodies are asked for at once, where the index is asked too, and where not. */
const withSummaries = 64
const withoutSummaries = 512
/** Messages of which nothing but the summaries is asked for at once: their numbers alone are held. */
const summariesAlone = 4096

/** Where bodies are wanted, few at a time: what belongs to them is held beside them. Else rows, all: they come in pages. */
function portions(
  numbering: Numbering,
  uids: readonly UidRange[],
  plan: FetchPlan,
): Iterable<readonly UidRange[]> {
  if (isOfSummariesAlone(plan)) return portionsOf(numbering, uids, summariesAlone)
  if (plan.contents.length === 0) return [uids]
  return portionsOf(numbering, uids, plan.summaryItems.size > 0 ? withSummaries : withoutSummaries)
}

/** Else the rows come with their bodies: one question less. */
function rowsComeFirst({ readOnly }: OpenMailbox, plan: FetchPlan, since: ModSeq | undefined): boolean {
  if (plan.contents.length === 0 || plan.summaryItems.size > 0 || since !== undefined) return true
  return plan.marksSeen && !readOnly
}

async function writeByRows(
  box: OpenMailbox,
  out: Out,
  plan: FetchPlan,
  uids: readonly UidRange[],
  since: ModSeq | undefined,
  tally: Tally,
): Promise<void> {
  for await (const page of box.mail.rows(box.id, uids, since)) {
    box.signal.throwIfAborted()
    const rows = page.filter(row => box.known.numbering.numberOf(row.uid) !== 0)
    await writePage(box, out, plan, rows, tally)
  }
}

/** What still has a number of the client's is left for VANISHED without EARLIER. */
async function tellGoneSince(
  { mail, id, known, info }: OpenMailbox,
  set: SequenceSet,
  since: ModSeq,
  out: Out,
): Promise<void> {
  if (set.kind === "saved") return
  const changes = await mail.changes(id, since)
  if ("kind" in changes) return
  const { numbering } = known
  const vanished = changes.vanished.filter(uid => numbering.numberOf(uid) === 0)
  const asked = rangesOf(set.ranges, numbering.lastUid)
  const lastGiven = Math.max(info.uidNext - 1, numbering.lastUid)
  const gone = vanishedSince({ ...changes, vanished }, numbering.uids(), asked, lastGiven)
  await tellVanished("VANISHED (EARLIER)", out, gone)
}

async function writePage(
  box: OpenMailbox,
  out: Out,
  plan: FetchPlan,
  page: readonly MessageRow[],
  tally: Tally,
): Promise<void> {
  const { known, readOnly } = box
  if (plan.contents.length > 0) {
    await writePageOfContents(box, out, plan, page, tally)
    return
  }
  if (plan.rowItems.has("FLAGS")) {
    const keywords = newKeywords(known, page, readOnly)
    if (keywords !== "") out.write(keywords)
  }
  if (plan.summaryItems.size > 0) await writeSummaries(box, out, plan, page, tally)
  else await writeRows(box, out, plan, page, tally)
}

async function writePageOfContents(
  box: OpenMailbox,
  out: Out,
  plan: FetchPlan,
  page: readonly MessageRow[],
  tally: Tally,
): Promise<void> {
  const { known, enabled, readOnly } = box
  const marks = plan.marksSeen && !readOnly
  const { rows, changed, modseq } = marks ? await markSeen(box, page) : unmarked(page)
  const keywords = newKeywords(known, rows, readOnly)
  if (keywords !== "") out.write(keywords)
  const summaries = await summaryTexts(box, plan, rows)
  const usual = rowItemsWriter(plan.rowItems, known.claims)
  const marked = rowItemsWriter(new Set([...plan.rowItems, ...flagItems(enabled)]), known.claims)
  const heads = new Map<number, string>()
  for (const [index, row] of rows.entries()) {
    const summary = summaries[index]
    if (plan.summaryItems.size > 0 && summary === undefined) tally.closed.add(row.uid)
    const own = (changed.has(row.uid) ? marked : usual)(row)
    heads.set(row.uid, own === "" || summary === undefined ? own + (summary ?? "") : `${own} ${summary}`)
  }
  const { uids } = resolveUids(known.numbering, heads.keys())
  await writeContents({ box, out, plan, tally, head: row => heads.get(row.uid) ?? usual(row) }, uids)
  if (modseq !== undefined) known.made(modseq, true)
}

function unmarked(rows: readonly MessageRow[]): Marked {
  return { rows, changed: new Set(), modseq: undefined }
}

/** Of a message that has just been marked as seen (RFC 9051 §6.4.5). */
function flagItems(enabled: OpenMailbox["enabled"]): readonly RowItem[] {
  return tellsModseq(enabled) ? ["UID", "FLAGS", "MODSEQ"] : ["UID", "FLAGS"]
}
