/**
 * SEARCH and UID SEARCH (RFC 9051 §6.4.4): ESEARCH where the client has written RETURN or enabled IMAP4rev2, else
 * the plain list of RFC 3501.
 */
import { type CommandOf, writeEsearch, writeNumbers } from "@letterkeep/imap"
import type { Answer, Out } from "../../handler.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { highestModseq } from "./highest-modseq.ts"
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
    const modseq = found.modseq && (await highestModseq(box, give, found.uids, found.modseq))
    out.write(writeEsearch({ tag, uid, give, of: "SEARCH" }, numbers, modseq))
  }
  return done
}

const done: Answer = { kind: "ok", text: "Searched" }
