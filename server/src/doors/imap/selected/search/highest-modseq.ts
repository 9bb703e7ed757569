/** The modseq that an extended answer ends with, where the client asked by modseq (RFC 4731 §3.2, RFC 7162 §3.1.10). */
import type { SearchReturn } from "@letterkeep/imap"
import type { ModSeq } from "../../../../store/ids.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"

/** Of what is told: where that is MIN or MAX alone, of these. `uids` in the order of the answer; `all`: of all of them. */
export async function highestModseq(
  { mail, id, known }: Pick<OpenMailbox, "mail" | "id" | "known">,
  give: readonly SearchReturn[],
  uids: ArrayLike<number>,
  all: ModSeq,
): Promise<number> {
  const ends = [...(give.includes("MIN") ? [0] : []), ...(give.includes("MAX") ? [uids.length - 1] : [])]
  if (ends.length === 0 || give.includes("ALL") || give.includes("COUNT")) return all
  const told = [...new Set(ends.flatMap(index => uids[index] ?? []))].sort((one, other) => one - other)
  let modseq = 0
  for await (const rows of mail.rows(id, resolveUids(known.numbering, told).uids))
    for (const row of rows) modseq = Math.max(modseq, row.modseq)
  return modseq === 0 ? all : modseq
}
