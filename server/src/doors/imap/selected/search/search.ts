/**
 * SEARCH and UID SEARCH (RFC 9051 §6.4.4): ESEARCH where the client has written RETURN or enabled IMAP4rev2, else
 * the plain list of RFC 3501.
 */
import { type CommandOf, type SearchReturn, writeEsearch, writeNumbers } from "@letterkeep/imap"
import type { ModSeq } from "../../../../store/ids.ts"
import type { Answer, Out } from "../../handler.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"
import { runSearch } from "./run-search.ts"
import { isToldOf, saveResult } from "./save-result.ts"

export async function search(
  box: OpenMailbox,
  { question }: CommandOf<"SEARCH">,
  out: Out,
  tag: string,
): Promise<Answer> {
  const { known, enabled } = box
  const { uid } = question
  const found = await runSearch(box, question, out)
  if (found.kind === "refused") return found.answer
  const numbers = uid ? found.uids : found.uids.map(one => known.numbering.numberOf(one))
  if (question.give === undefined && !enabled.has("IMAP4REV2")) {
    out.write(writeNumbers("SEARCH", { numbers, modseq: found.modseq }))
    return done
  }
  const give = question.give ?? []
  saveResult(known, give, found.uids)
  if (isToldOf(give)) {
    const modseq = found.modseq === undefined ? undefined : await highest(box, give, found.uids, found.modseq)
    out.write(writeEsearch({ tag, uid, give, of: "SEARCH" }, numbers, modseq))
  }
  return done
}

/** RFC 4731 §3.2: of what is told: where that is MIN or MAX alone, of these. */
async function highest(
  { mail, id, known }: OpenMailbox,
  give: readonly SearchReturn[],
  uids: Uint32Array,
  all: ModSeq,
): Promise<number> {
  if (give.length === 0 || give.includes("ALL") || give.includes("COUNT")) return all
  const ends = [...(give.includes("MIN") ? [0] : []), ...(give.includes("MAX") ? [uids.length - 1] : [])]
  const told = [...new Set(ends.flatMap(index => uids[index] ?? []))].sort((one, other) => one - other)
  let modseq = 0
  for await (const rows of mail.rows(id, resolveUids(known.numbering, told).uids))
    for (const row of rows) modseq = Math.max(modseq, row.modseq)
  return modseq === 0 ? all : modseq
}

const done: Answer = { kind: "ok", text: "Searched" }
