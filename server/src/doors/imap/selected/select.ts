/** SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3), and what a client that comes back is told (RFC 7162 §3.2.5). */
import { type CommandOf, hierarchySeparator, writeMailboxName } from "@letterkeep/imap"
import { type Criterion, type MailboxInfo, mailboxObjectId, type Snapshot } from "../../../messages/index.ts"
import { mailContent } from "../../../privacy/index.ts"
import { asId, type ModSeq } from "../../../store/ids.ts"
import { findMailbox, noSuchMailbox } from "../commands/find-mailbox.ts"
import type { Answer, Out, Selected, Visit } from "../handler.ts"
import { flagsResponse, mailboxFlags, tellRows, tellsModseq } from "./flags-response.ts"
import { Known } from "./known.ts"
import { type OpenMailbox, reading } from "./open-mailbox.ts"
import { agreedUpTo, askedUids, behind, isIn } from "./qresync.ts"
import { serveMailbox } from "./serve-mailbox.ts"
import type { Turns } from "./turns.ts"
import { tellVanished, vanishedSince } from "./vanished-since.ts"

type SelectCommand = CommandOf<"SELECT" | "EXAMINE">

export async function select(
  visit: Visit,
  command: SelectCommand,
  out: Out,
  turns: Turns,
): Promise<Selected> {
  const { mail, enabled } = visit
  const { qresync, condstore } = command.options
  // RFC 7162 §3.2.5: QRESYNC has to be enabled first.
  if (qresync !== undefined && !enabled.has("QRESYNC"))
    return refused({ kind: "bad", text: "QRESYNC comes after ENABLE QRESYNC" })
  const listed = await findMailbox(visit, command.mailbox)
  const snapshot = listed === undefined ? undefined : await mail.snapshot(listed.mailbox.id)
  if (snapshot === undefined) return refused(noSuchMailbox)
  if (condstore) enabled.add("CONDSTORE")

  const { mailbox: info, uids, emails, modseq } = snapshot
  const readOnly = command.name === "EXAMINE"
  const known = new Known(uids, emails, modseq)
  const box: OpenMailbox = { ...visit, id: info.id, readOnly, known, info, turns }
  await tellMailbox(box, snapshot, command.mailbox, out)
  if (qresync !== undefined && qresync.uidValidity === info.uidValidity) await tellMissed(box, qresync, out)
  const answer: Answer = readOnly
    ? { kind: "ok", code: "READ-ONLY", text: "Open, to be looked at" }
    : { kind: "ok", code: "READ-WRITE", text: "Open" }
  return { kind: "selected", mailbox: serveMailbox(box), answer }
}

function refused(answer: Answer): Selected {
  return { kind: "refused", answer }
}

/** `wire`: its name as the client has written it. */
async function tellMailbox(
  box: OpenMailbox,
  { mailbox, uids }: Snapshot,
  wire: string,
  out: Out,
): Promise<void> {
  const { enabled, known, readOnly } = box
  const rev2 = enabled.has("IMAP4REV2")
  known.newestTold = tellsModseq(enabled)
  let text = `* ${uids.length} EXISTS\r\n`
  if (!rev2) {
    // Departs from RFC 3501 §2.3.2: no message is ever shown as recent. RFC 9051 has done away with it.
    text += "* 0 RECENT\r\n"
    const first = await firstUnseen(box, mailbox)
    if (first !== undefined) text += `* OK [UNSEEN ${first}] The first that was not seen\r\n`
  }
  text += mailboxFlags(known, readOnly)
  text += `* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs hold as long as this is the same\r\n`
  text += `* OK [UIDNEXT ${mailbox.uidNext}] The next UID\r\n`
  text += `* OK [HIGHESTMODSEQ ${Math.max(1, mailbox.modseq)}] The newest change\r\n` // RFC 7162 §3.1.2.1
  text += `* OK [MAILBOXID (${mailboxObjectId(mailbox.id)})] What it is, whatever its name\r\n` // RFC 8474 §4.2
  if (rev2) text += listLine(await reading(box, async permit => mailbox.name.open(permit)), wire)
  out.write(text)
}

/** RFC 9051 §6.3.2, §6.3.9.7: under the name that it has here, with the other one that the client has written. */
function listLine(name: string, wire: string): string {
  const written = Buffer.from(wire, "latin1").toString("utf8")
  const oldName = written === name ? "" : ` ("OLDNAME" (${writeMailboxName(written, true)}))`
  return `* LIST () "${hierarchySeparator}" ${writeMailboxName(name, true)}${oldName}\r\n`
}

const unseenOnes: Criterion = { kind: "not", of: { kind: "keyword", keyword: "$seen" } }

/** RFC 3501 §7.1; the number, where there is one. */
async function firstUnseen(box: OpenMailbox, { unseen, total }: MailboxInfo): Promise<number | undefined> {
  if (unseen === 0) return undefined
  if (unseen === total) return 1
  const { known, info, mail, signal } = box
  const { numbering, told } = known
  const snapshot = { mailbox: info, modseq: told, uids: numbering.uids(), emails: numbering.emails() }
  const criterion = mailContent(unseenOnes, mail.account)
  const found = await reading(box, permit => mail.search(snapshot, criterion, permit, signal))
  const [first] = found.uids
  return first === undefined ? undefined : numbering.numberOf(first)
}

/** RFC 7162 §3.2.5.1: what has gone, then what has changed or come, since the client was last here. */
async function tellMissed(
  box: OpenMailbox,
  qresync: NonNullable<SelectCommand["options"]["qresync"]>,
  out: Out,
): Promise<void> {
  const { mail, id, known, info, readOnly } = box
  const changes = await mail.changes(id, asId<ModSeq>(qresync.modseq))
  if ("kind" in changes) return
  const { numbering } = known
  const lastGiven = info.uidNext - 1
  const asked = askedUids(qresync, numbering, lastGiven)
  const doubtful = changes.complete ? asked : behind(asked, agreedUpTo(qresync, numbering))
  const vanished = changes.vanished.filter(uid => numbering.numberOf(uid) === 0)
  const log = { vanished, complete: changes.complete }
  await tellVanished("VANISHED (EARLIER)", out, vanishedSince(log, numbering.uids(), doubtful, lastGiven))
  const changed = changes.messages.filter(row => isIn(asked, row.uid))
  await tellRows(known, out, changed, readOnly, (number, row) => flagsResponse(number, row, true))
}
