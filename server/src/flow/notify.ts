/** Mail from the server itself: what a person must hear of, kept in the inbox like any other message. */
import { scanMessage } from "@letterkeep/mime"
import { type Keep, prepareEntry } from "../messages/index.ts"
import type { Notice } from "../people/index.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log, own } from "../ports/log.ts"
import type { MailAddress, Privacy } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import { dateTime } from "./trace-fields.ts"

export interface NotifyParts {
  readonly keep: Keep
  readonly vaults: Pick<Vaults, "keyedHash">
  readonly privacy: Pick<Privacy, "gate">
  readonly addressOf: (account: AccountId) => Promise<MailAddress | undefined>
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly hostname: string
}

const whatHappened: Readonly<Record<Notice, readonly [subject: string, sentence: string]>> = {
  "password-changed": [
    "Your password was changed",
    "The password of this account was changed, and other sessions were ended.",
  ],
  "password-recovered": [
    "Your password was set with the recovery code",
    "Somebody with your recovery code set a new password. The code is spent; a new one was shown.",
  ],
  "password-reset": [
    "An administrator set a new password for you",
    "Mail from now on opens with the new password. Mail from before opens again with your old recovery code or your old password; nobody else can open it.",
  ],
  "recovery-code-renewed": [
    "Your recovery code was renewed",
    "The recovery code of this account was replaced; the old one opens nothing.",
  ],
  "old-mail-reopened": [
    "Your old mail opens again",
    "Mail from before an administrator's reset was opened to the present password.",
  ],
  "app-password-added": [
    "An app password was added",
    "A program can sign in to this account with a password of its own.",
  ],
  "app-password-removed": ["An app password was removed", "A program's password opens nothing any more."],
}

/** Resolves when the mail is kept; a failure is logged, since what happened has happened. */
export function createNotify(parts: NotifyParts): (account: AccountId, notice: Notice) => Promise<void> {
  return async (account, notice) => {
    try {
      const address = await parts.addressOf(account)
      if (address === undefined) return
      await parts.privacy.gate("account.serve", { kind: "account", account }, permit =>
        keepNotice(parts, account, address.open(permit), notice),
      )
    } catch (error) {
      parts.log.event("task.failed", { task: own("notify a person"), error: failure(error) })
    }
  }
}

async function keepNotice(
  parts: NotifyParts,
  account: AccountId,
  address: string,
  notice: Notice,
): Promise<void> {
  const [subject, sentence] = whatHappened[notice]
  const now = parts.clock.now()
  const id = `${parts.chance.bytes(12).toString("hex")}@${parts.hostname}`
  const message = Buffer.from(
    [
      `Date: ${dateTime(now)}`,
      `From: Letterkeep <postmaster@${parts.hostname}>`,
      `To: <${address}>`,
      `Subject: ${subject}`,
      `Message-ID: <${id}>`,
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "",
      sentence,
      "",
      "If it was not you, speak to your administrator, and change your password.",
      "",
    ].join("\r\n"),
  )
  const reason = { code: "from-the-server", sentence: "This server wrote it itself." }
  await parts.keep.keep([
    {
      account,
      role: "inbox",
      keywords: [],
      receivedAt: now,
      parts: [message],
      threadHashes: [parts.vaults.keyedHash(account, "message-id", id)],
      entry: prepareEntry(scanMessage(message))(0, { kind: "accept", reasons: [reason] }),
    },
  ])
}
