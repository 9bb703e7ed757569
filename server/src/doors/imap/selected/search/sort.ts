/** SORT and UID SORT (RFC 5256 §3), with RETURN (RFC 5267 §3). */
import {
  type CommandOf,
  createSorter,
  needsEnvelope,
  type SortMessage,
  writeEsearch,
  writeNumbers,
} from "@letterkeep/imap"
import type { Answer, Out } from "../../handler.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { eachWithSummary, rowsOf } from "./each-message.ts"
import { highestModseq } from "./highest-modseq.ts"
import { runSearch } from "./run-search.ts"
import { isToldOf, saveResult } from "./save-result.ts"

export async function sort(
  box: OpenMailbox,
  { question, by }: CommandOf<"SORT">,
  out: Out,
  tag: string,
): Promise<Answer> {
  const { known } = box
  const { uid, give } = question
  const found = await runSearch(box, question, out)
  if (found.kind === "refused") return found.answer
  const uids = await sorted(box, by, found.uids)
  const numbers = uid ? uids : uids.map(one => known.numbering.numberOf(one))
  if (give === undefined) out.write(writeNumbers("SORT", { numbers, modseq: found.modseq }))
  else {
    saveResult(known, give, Uint32Array.from(uids))
    if (isToldOf(give)) {
      const modseq = found.modseq && (await highestModseq(box, give, uids, found.modseq))
      out.write(writeEsearch({ tag, uid, give, of: "SORT" }, numbers, modseq))
    }
  }
  return { kind: "ok", text: "Sorted" }
}

/** By UID, so that equals stay in the order of their numbers. */
async function sorted(
  box: OpenMailbox,
  by: CommandOf<"SORT">["by"],
  uids: Uint32Array,
): Promise<readonly number[]> {
  const sorter = createSorter(by)
  const add = (
    row: { uid: number; receivedAt: number; size: number },
    envelope: SortMessage["envelope"],
  ): void => sorter.add({ number: row.uid, arrival: row.receivedAt, size: row.size, envelope })
  if (needsEnvelope(by)) await eachWithSummary(box, uids, (row, summary) => add(row, summary?.fields() ?? {}))
  else for await (const rows of rowsOf(box, uids)) for (const row of rows) add(row, {})
  return sorter.sorted()
}
