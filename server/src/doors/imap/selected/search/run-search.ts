/** Finds, for SEARCH, SORT and THREAD: the UIDs that match, of those that the client has numbers for. */
import type { SearchQuestion } from "@letterkeep/imap"
import type { Snapshot } from "../../../../messages/index.ts"
import { mailContent } from "../../../../privacy/index.ts"
import type { ModSeq } from "../../../../store/ids.ts"
import type { Answer, Out } from "../../handler.ts"
import { enableCondstore, type OpenMailbox, reading } from "../open-mailbox.ts"
import { criterionOf } from "./criterion-of.ts"

export type SearchDone =
  | {
      readonly kind: "found"
      /** Ascending. */
      readonly uids: Uint32Array
      /** The highest of them; undefined where the client did not ask by modseq (RFC 7162 §3.1.5). */
      readonly modseq: ModSeq | undefined
    }
  | { readonly kind: "refused"; readonly answer: Answer }

export async function runSearch(box: OpenMailbox, question: SearchQuestion, out: Out): Promise<SearchDone> {
  let done: SearchDone | undefined
  try {
    done = await find(box, question, out)
    return done
  } finally {
    // RFC 5182 §2.1: what was to be saved and is answered NO leaves nothing saved.
    if (done?.kind !== "found" && question.give?.includes("SAVE") === true)
      box.known.saved = new Uint32Array()
  }
}

async function find(box: OpenMailbox, question: SearchQuestion, out: Out): Promise<SearchDone> {
  const { known, mail, signal, now } = box
  if (!isKnownCharset(question.charset)) return { kind: "refused", answer: badCharset }
  const read = criterionOf(question.key, known, now())
  if (read.byModseq) enableCondstore(box, out)
  const criterion = mailContent(read.criterion, mail.account)
  const found = await reading(box, permit => mail.search(snapshotOf(box), criterion, permit, signal))
  return { kind: "found", uids: found.uids, modseq: read.byModseq ? found.modseq : undefined }
}

/** What stands there for this client: what has gone and keeps its number is not found any more. */
function snapshotOf({ known, info }: OpenMailbox): Snapshot {
  const { numbering, told } = known
  const [uids, emails] = [numbering.uids(), numbering.emails()]
  if (!known.hasGone) return { mailbox: info, modseq: told, uids, emails }
  const stays = (_: number, index: number): boolean => !known.isGone(uids[index] ?? 0)
  return { mailbox: info, modseq: told, uids: uids.filter(stays), emails: emails.filter(stays) }
}

/** RFC 9051 §6.4.4 asks for these two; text of the command is UTF-8 either way. */
function isKnownCharset(charset: string | undefined): boolean {
  return charset === undefined || charset === "UTF-8" || charset === "US-ASCII"
}

const badCharset: Answer = {
  kind: "no",
  code: "BADCHARSET (UTF-8 US-ASCII)",
  text: "Write what you search for in UTF-8",
}
