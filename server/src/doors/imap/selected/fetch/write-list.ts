/**
 * FETCH of what rows and the index say: a page of messages is put together without waiting for anything, and sent at
 * once.
 */
import type { MessageRow, UidRange } from "../../../../messages/index.ts"
import type { Out } from "../../handler.ts"
import type { Numbering } from "../numbering.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import type { FetchPlan } from "./plan.ts"
import { rowItemsWriter } from "./row-items.ts"
import { summaryItemsWriter } from "./summary-items.ts"
import type { Tally } from "./tally.ts"

type Parts = Pick<OpenMailbox, "mail" | "privacy" | "known">

/** Octets that are put together before they are handed on. */
const pageOctets = 128 * 1024

/** Of rows alone. */
export async function writeRows(
  { known }: Pick<Parts, "known">,
  out: Out,
  plan: Pick<FetchPlan, "rowItems">,
  rows: readonly MessageRow[],
  tally: Tally,
): Promise<void> {
  const items = rowItemsWriter(plan.rowItems, known.claims)
  let text = ""
  for (const row of rows) {
    text += `* ${known.numbering.numberOf(row.uid)} FETCH (${items(row)})\r\n`
    tally.told++
    if (text.length < pageOctets) continue
    out.write(text)
    text = ""
    if (out.isFull) await out.drained()
  }
  out.write(text)
  if (out.isFull) await out.drained()
}

type Named = Pick<MessageRow, "uid" | "email">

/** Of summaries alone, and UIDs: no row is asked for. `uids` as they are in the numbering, few enough to be held. */
export async function writeSummariesAlone(
  parts: Parts,
  out: Out,
  plan: FetchPlan,
  uids: readonly UidRange[],
  tally: Tally,
): Promise<void> {
  const head = (row: Named): string => (plan.rowItems.has("UID") ? `UID ${row.uid}` : "")
  await writeNamed(parts, out, plan, [...namedIn(parts.known.numbering, uids)], head, tally)
}

/** Whether all that is asked for stands in the summaries and the numbering. */
export function isOfSummariesAlone({ rowItems, summaryItems, contents }: FetchPlan): boolean {
  const beside = rowItems.size - (rowItems.has("UID") ? 1 : 0)
  return summaryItems.size > 0 && contents.length === 0 && beside === 0
}

function* namedIn(numbering: Numbering, uids: readonly UidRange[]): Generator<Named> {
  for (const { first, last } of uids) {
    const end = numbering.firstNumberFrom(last + 1)
    for (let number = numbering.firstNumberFrom(first); number < end; number++)
      yield { uid: numbering.uidOf(number), email: numbering.emailOf(number) }
  }
}

/** Of rows and summaries; a message whose summary does not open is told of without it. */
export async function writeSummaries(
  parts: Parts,
  out: Out,
  plan: FetchPlan,
  rows: readonly MessageRow[],
  tally: Tally,
): Promise<void> {
  const items = rowItemsWriter(plan.rowItems, parts.known.claims)
  await writeNamed(parts, out, plan, rows, items, tally, bodiesOf(rows))
}

async function writeNamed<Row extends Named>(
  parts: Parts,
  out: Out,
  plan: FetchPlan,
  rows: readonly Row[],
  rowItems: (row: Row) => string,
  tally: Tally,
  bodies?: readonly Buffer[],
): Promise<void> {
  const { numbering } = parts.known
  const summaryItems = summaryItemsWriter(plan.summaryItems)
  let next = 0
  for await (const page of parts.mail.summaries(
    rows.map(row => row.email),
    bodies,
  ))
    await reading(parts, async permit => {
      let text = ""
      for (const sealed of page) {
        const row = rows[next++]
        if (row === undefined) throw new RangeError("more summaries than were asked for")
        const head = rowItems(row)
        const summary = sealed?.open(permit)
        const tail = summary === undefined ? "" : summaryItems(summary)
        tally.told++
        if (summary === undefined) tally.closed.add(row.uid)
        if (head !== "" || tail !== "")
          text += `* ${numbering.numberOf(row.uid)} FETCH (${head}${head !== "" && tail !== "" ? " " : ""}${tail})\r\n`
        if (text.length < pageOctets) continue
        out.write(text)
        text = ""
        if (out.isFull) await out.drained()
      }
      out.write(text)
      if (out.isFull) await out.drained()
    })
}

/** The items of the summaries alone, one text a row; undefined where it does not open. */
export async function summaryTexts(
  parts: Parts,
  plan: Pick<FetchPlan, "summaryItems">,
  rows: readonly MessageRow[],
): Promise<readonly (string | undefined)[]> {
  if (plan.summaryItems.size === 0) return []
  const items = summaryItemsWriter(plan.summaryItems)
  const texts: (string | undefined)[] = []
  for await (const page of parts.mail.summaries(
    rows.map(row => row.email),
    bodiesOf(rows),
  ))
    await reading(parts, async permit => {
      for (const sealed of page) texts.push(sealed === undefined ? undefined : items(sealed.open(permit)))
    })
  return texts
}

const bodiesOf = (rows: readonly MessageRow[]): readonly Buffer[] => rows.map(row => row.body)
