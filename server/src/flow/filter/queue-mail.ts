/** Puts what a filter sends into the queue, with the line of the person's own history that says so. */
import { decodeWords, firstFieldText, type MessageScan } from "@letterkeep/mime"
import { type Permit, personal } from "../../privacy/index.ts"
import { type OutgoingMail, openSentRecorder, type QueuedRows, type SentFacts } from "../../sending/index.ts"
import type { FilterParts } from "./parts.ts"

export type Queued = Pick<QueuedRows, "addTo" | "bytes">

/** `scan`: of the message. A report is nothing that the person sent: it is in no history. */
export async function queueMail(
  parts: Pick<FilterParts, "queue" | "vaults" | "chance">,
  mail: OutgoingMail,
  { bytes, root }: MessageScan,
  permit: Permit<"mail.send">,
): Promise<Queued> {
  const { account, kind, recipients, receivedAt, notBefore, expiresAt } = mail
  const queued = await parts.queue.prepare(mail, permit)
  if (kind === "report") return queued
  const recorder = await openSentRecorder(parts, [account])
  const id =
    firstFieldText(bytes, root.fields, "message-id")
      ?.trim()
      .replace(/^<(.*)>$/, "$1") ?? ""
  const subject = decodeWords(firstFieldText(bytes, root.fields, "subject") ?? "")
  const facts: SentFacts = {
    ...{ kind, receivedAt, notBefore, expiresAt },
    messageId: id.slice(0, 998),
    subject: subject.slice(0, 500),
    recipients: recipients.map(({ address }) => address.open(permit)),
  }
  const told = personal("user.communications.outgoing", facts, account)
  const addHistory = recorder.sealMail(account, queued.mail, told, permit)
  return {
    bytes: queued.bytes,
    addTo(tables) {
      queued.addTo(tables)
      addHistory(tables)
    },
  }
}
