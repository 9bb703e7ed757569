/**
 * A message in the queue that cannot be read any more: its writer is told, and their history has it, in the transaction
 * that sets it aside. For whom it was nobody knows here: the writer's own copy, and their history, say so.
 */
import { mailDate } from "@letterkeep/dsn"
import { fromTheServer, type Keep, writtenHere } from "../../messages/index.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Privacy } from "../../privacy/index.ts"
import { createTableRows, type Store } from "../../store/index.ts"
import { openSentRecorder } from "../history/record-sent.ts"
import type { Damaged } from "../queue/claim.ts"
import { waitingMails } from "../queue/lock-mails.ts"
import type { Queue } from "../queue/open-queue.ts"
import type { LetterParts } from "./letter.ts"

export interface SetAsideParts extends LetterParts {
  readonly store: Pick<Store, "copyIn">
  readonly queue: Pick<Queue, "setAside">
  readonly keep: Keep
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
}

/** Others have it by now: to tell of it is theirs. */
class LeaseLostError extends Error {
  override readonly name = "LeaseLostError"
}

/** Rejects as the store does: then nothing is set aside, and whoever claims it next does so. */
export async function setAside(parts: SetAsideParts, damaged: Damaged): Promise<void> {
  const { store, queue, keep, privacy, clock } = parts
  const { account, mail, recipients } = damaged
  const now = clock.now()
  const recorder = await openSentRecorder(parts, [account])
  const letter = await privacy.gate("mail.send", { kind: "account", account }, async () =>
    writtenHere(parts.vaults, {
      ...{ account, now, reasons: [fromTheServer] },
      bytes: letterAbout(parts, damaged, now),
    }),
  )
  try {
    await keep.keep([letter], {
      bytes: 0,
      locks: [{ of: waitingMails, places: [{ account, id: mail }] }],
      async work(tx) {
        if (!(await queue.setAside(tx, damaged))) throw new LeaseLostError("others have it by now")
        const tables = createTableRows()
        recorder.event(tables, account, mail, now, { kind: "failed", recipients, why: "trouble-here" })
        await store.copyIn(tx, ...tables.all())
      },
    })
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error
  }
}

function letterAbout({ chance, hostname }: LetterParts, { mail, recipients }: Damaged, now: number): Buffer {
  const people = recipients.length === 1 ? "one recipient" : `${recipients.length} recipients`
  return Buffer.from(
    [
      `Date: ${mailDate(now)}`,
      `From: "Mail delivery, ${hostname}" <postmaster@${hostname}>`,
      "To: undisclosed-recipients:;",
      "Subject: A message of yours could not be sent",
      `Message-ID: <${chance.bytes(12).toString("hex")}@${hostname}>`,
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=us-ascii",
      "",
      `A message that you sent, or that a filter of yours sent on, did not reach ${people}:`,
      "what waited of it on this server is damaged and cannot be read any more.",
      "",
      `Its number is ${mail}. Whoever runs the server shows you which it was, and what`,
      "became of it, by your password:",
      "",
      `    ./letterkeep sent ADDRESS --mail ${mail}`,
      "",
      "The copy in your Sent mailbox is another one: please send it again from there.",
      "",
    ].join("\r\n"),
  )
}
