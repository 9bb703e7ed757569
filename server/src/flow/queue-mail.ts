/** Puts mail into the queue, with the line of its sender's own history that says so. */
import { decodeWords, firstFieldText, type MessageScan } from "@letterkeep/mime"
import type { Chance } from "../ports/chance.ts"
import { type Permit, personal } from "../privacy/index.ts"
import { type OutgoingMail, openSentRecorder, type Queue, type QueuedRows } from "../sending/index.ts"
import type { Vaults } from "../vaults/index.ts"

export type Queued = Pick<QueuedRows, "addTo" | "bytes">

export interface QueueMailParts {
  readonly queue: Pick<Queue, "prepare">
  readonly vaults: Pick<Vaults, "sealKeys">
  readonly chance: Chance
}

/** By what its sender knows a message. */
export interface KnownBy {
  /** Without the angle brackets where it has them. "": it has none. */
  readonly messageId: string
  /** Decoded, cut. */
  readonly subject: string
}

/** Characters that the history of a message shows. */
const limits = { messageId: 998, subject: 500 }

export function knownBy({ bytes, root }: MessageScan): KnownBy {
  const text = (name: string): string => firstFieldText(bytes, root.fields, name) ?? ""
  return {
    messageId: text("message-id")
      .trim()
      .replace(/^<(.*)>$/, "$1"),
    subject: decodeWords(text("subject")).slice(0, limits.subject),
  }
}

/** A report is nothing that the person sent: it is in no history. */
export async function queueMail(
  parts: QueueMailParts,
  mail: OutgoingMail,
  { messageId, subject }: KnownBy,
  permit: Permit<"mail.send">,
): Promise<Queued> {
  const { account, kind, recipients, receivedAt, notBefore, expiresAt, release } = mail
  const queued = await parts.queue.prepare(mail, permit)
  if (kind === "report") return queued
  const recorder = await openSentRecorder(parts, [account])
  const facts = {
    ...{ kind, receivedAt, notBefore, expiresAt, subject },
    ...(release === undefined ? {} : { releaseAt: release.at }),
    messageId: messageId.slice(0, limits.messageId),
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
