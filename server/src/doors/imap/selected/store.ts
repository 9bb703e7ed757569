/** STORE and UID STORE (RFC 9051 §6.4.6, §6.4.9), with UNCHANGEDSINCE (RFC 7162 §3.1.3). */
import { type CommandOf, modifiedCode } from "@letterkeep/imap"
import { asId, type ModSeq, type Uid } from "../../../store/ids.ts"
import type { Answer, Out } from "../handler.ts"
import { readFlags } from "./flags.ts"
import { flagsResponse, modseqResponse, tellRows, tellsModseq } from "./flags-response.ts"
import {
  enableCondstore,
  mailboxHasGone,
  noSuchNumber,
  type OpenMailbox,
  openedReadOnly,
  organising,
} from "./open-mailbox.ts"
import { refusalOf } from "./refusals.ts"
import { resolveSet, resolveUids } from "./resolve-set.ts"

export async function store(box: OpenMailbox, command: CommandOf<"STORE">, out: Out): Promise<Answer> {
  const { known, mail, id, enabled, readOnly } = box
  const { messages, change, silent, unchangedSince } = command
  if (readOnly) return openedReadOnly
  const flags = readFlags(command.flags)
  if (flags.kind === "refused") return { kind: "bad", text: flags.text }
  const resolved = resolveSet(known.numbering, messages, known.saved)
  if (resolved.kind === "no-such-number") return noSuchNumber
  if (unchangedSince !== undefined) enableCondstore(box, out)
  const stored = await organising(box, () =>
    mail.store(
      id,
      resolved.uids,
      { change, keywords: flags.keywords, deleted: flags.deleted },
      unchangedSince === undefined ? undefined : asId<ModSeq>(unchangedSince),
    ),
  )
  if (stored.kind === "no-such-mailbox") return mailboxHasGone
  if (stored.kind === "too-many") return refusalOf(stored)
  if (stored.changed) known.made(stored.modseq, !silent)
  const modseq = tellsModseq(enabled)
  // RFC 7162 §3.1.3: .SILENT keeps the flags back, not the modseq.
  if (!silent || modseq)
    await tellRows(known, out, stored.rows, readOnly, (number, row) =>
      silent ? modseqResponse(number, row) : flagsResponse(number, row, modseq),
    )
  if (stored.modified.length > 0) {
    await tellModified(box, stored.modified, out)
    return modified(box, stored.modified, messages.uid)
  }
  // RFC 5530 §3
  if (!messages.uid && stored.rows.length < resolved.count)
    return { kind: "ok", code: "EXPUNGEISSUED", text: "Some of the messages have gone meanwhile" }
  return { kind: "ok", text: "Stored" }
}

/** RFC 7162 §3.1.3: how they are, so that the client need not ask. */
async function tellModified(box: OpenMailbox, uids: readonly Uid[], out: Out): Promise<void> {
  const { known, mail, id, readOnly } = box
  for await (const rows of mail.rows(id, resolveUids(known.numbering, uids).uids))
    await tellRows(known, out, rows, readOnly, (number, row) => flagsResponse(number, row, true))
}

/** RFC 7162 §3.1.3: OK all the same; the others were stored. */
function modified({ known }: OpenMailbox, uids: readonly Uid[], uid: boolean): Answer {
  const named = uid ? uids : uids.map(one => known.numbering.numberOf(one)).filter(number => number !== 0)
  if (named.length === 0) return { kind: "ok", text: "Stored" }
  return {
    kind: "ok",
    code: modifiedCode(named),
    text: "These had been changed meanwhile, and were left alone",
  }
}
