/** What a person reads when somebody of the operator's was shown data of theirs, or changed it: who, when, what and why. */
import { mailDate } from "@letterkeep/dsn"
import { type Looked, type SupportCategory, TOLD_LIMIT } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import { keepOwnMail, type OwnMailParts } from "./own-mail.ts"

const shown: Readonly<Record<SupportCategory, string>> = {
  "user.contact.email": "your addresses",
  "user.credentials": "how you sign in, and on which day you last did",
  "user.preferences": "your settings and choices, such as how much mail you may keep",
  "user.communications.metadata":
    "how many messages you have, and how large they are; of mail that waits to be sent, its times",
  "user.communications.domain": "which domains your waiting mail is for, and why they do not take it",
}

/** Characters of a line. */
const lineWidth = 72

/** Resolves when the message is kept; rejects when it could not be: then nothing may be shown. */
export function createTellLook(parts: OwnMailParts): (account: AccountId, looked: Looked) => Promise<void> {
  return async (account, { command, reason, by, categories, at }) => {
    const lines = [
      `On ${mailDate(at)}, somebody who runs this server used the command`,
      ...wrapped(`"${command}" on your account:`, ""),
      ...wrapped(by, "  "),
      "",
      ...(categories.length === 0 ? [] : ["Shown:", ...categories.map(each => `- ${shown[each]}`), ""]),
      "The reason given:",
      ...wrapped(reason, "> "),
      "",
      "What is in your messages was not shown: it opens to your own sign-in alone.",
      "Whoever looks has agreed in writing to do so for the stated reason only, to",
      "tell nobody, and to keep no copy.",
      "",
      "Your ledger has every such look. This message comes once a day for each kind",
      `of look and each reason, ${TOLD_LIMIT} times a day for one kind; further ones stand in`,
      "the ledger alone. Each change that somebody makes for you is told: a password,",
      "a further address, a rule on a sender, how much mail you may hold.",
    ]
    const did = categories.length === 0 ? "changed" : "looked at"
    await keepOwnMail(parts, account, { subject: `An administrator ${did} your account`, lines })
  }
}

/** Broken at spaces; a reason has 300 characters at most, so no line comes to 998 octets. `before` sets it off from our own words. */
function wrapped(text: string, before: string): readonly string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > lineWidth) {
      lines.push(line)
      line = ""
    }
    line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].map(each => `${before}${each}`)
}
