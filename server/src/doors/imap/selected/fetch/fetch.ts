/** FETCH and UID FETCH (RFC 9051 §6.4.5, §6.4.9), with CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6). */
import type { CommandOf, SequenceSet } from "@letterkeep/imap"
import type { MessageRow } from "../../../../messages/index.ts"
import { asId, type ModSeq } from "../../../../store/ids.ts"
import type { Answer, Out } from "../../handler.ts"
import { newKeywords, tellsModseq } from "../flags-response.ts"
import { enableCondstore, noSuchNumber, type OpenMailbox } from "../open-mailbox.ts"
import { rangesOf, resolveSet } from "../resolve-set.ts"
import { tellVanished, vanishedSince } from "../vanished-since.ts"
import { markSeen } from "./mark-seen.ts"
import { type FetchPlan, planFetch } from "./plan.ts"
import { rowItemsWriter } from "./row-items.ts"
import { fetchAnswer, newTally, type Tally } from "./tally.ts"
import { writeContents } from "./write-contents.ts"
import { writeRows, writeSummaries } from "./write-list.ts"

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
  for await (const page of box.mail.rows(box.id, resolved.uids, since)) {
    box.signal.throwIfAborted()
    const rows = page.filter(row => box.known.numbering.numberOf(row.uid) !== 0)
    await writePage(box, out, plan, rows, tally)
  }
  return fetchAnswer(tally, messages.uid || changedSince !== undefined ? undefined : resolved.count)
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
  const { rows, changed } =
    plan.marksSeen && !readOnly ? await markSeen(box, page) : { rows: page, changed: nothingChanged }
  if (plan.rowItems.has("FLAGS") || changed.size > 0) {
    const keywords = newKeywords(known, rows, readOnly)
    if (keywords !== "") out.write(keywords)
  }
  if (plan.contents.length > 0) await writeContents(box, out, plan, rows, headOf(box, plan, changed), tally)
  else if (plan.summaryItems.size > 0) await writeSummaries(box, out, plan, rows, tally)
  else await writeRows(box, out, plan, rows, tally)
}

const nothingChanged: ReadonlySet<number> = new Set()

/** Where a message has just been marked as seen, its flags are told (RFC 9051 §6.4.5). */
function headOf(
  { enabled }: Pick<OpenMailbox, "enabled">,
  { rowItems }: FetchPlan,
  changed: ReadonlySet<number>,
): (row: MessageRow) => string {
  const usual = rowItemsWriter(rowItems)
  if (changed.size === 0) return usual
  const flags = ["UID", "FLAGS", ...(tellsModseq(enabled) ? (["MODSEQ"] as const) : [])] as const
  const withFlags = rowItemsWriter(new Set([...rowItems, ...flags]))
  return row => (changed.has(row.uid) ? withFlags(row) : usual(row))
}
