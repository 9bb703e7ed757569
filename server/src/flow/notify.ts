/** What a person must hear of, since somebody else may have done it. */
import type { Notice } from "../people/index.ts"
import { failure, type Log, own } from "../ports/log.ts"
import type { AccountId } from "../store/ids.ts"
import { keepOwnMail, type OwnMailParts } from "./own-mail.ts"

export interface NotifyParts extends OwnMailParts {
  readonly log: Log
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
  "filter-at-work": [
    "A filter was put to work on your mail",
    "What comes for this account now goes through a filter. It can put mail into other mailboxes, send it on, or throw it away.",
  ],
  "app-password-removed": ["An app password was removed", "A program's password opens nothing any more."],
}

/** Resolves when the mail is kept; a failure is logged, since what happened has happened. */
export function createNotify(parts: NotifyParts): (account: AccountId, notice: Notice) => Promise<void> {
  return async (account, notice) => {
    try {
      const [subject, sentence] = whatHappened[notice]
      const lines = [
        sentence,
        "",
        "If it was not you, speak to your administrator, and change your password.",
      ]
      await keepOwnMail(parts, account, { subject, lines })
    } catch (error) {
      parts.log.event("task.failed", { task: own("notify a person"), error: failure(error) })
    }
  }
}
