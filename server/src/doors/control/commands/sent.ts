/** `./letterkeep sent`: what became of what a person sent, by their own password; and taking a message back. */
import { z } from "zod"
import type { People } from "../../../people/index.ts"
import { mailAddress, type Privacy, secret } from "../../../privacy/index.ts"
import { findSent, readSent, readWaiting, type TakeBack } from "../../../sending/index.ts"
import type { Store } from "../../../store/index.ts"
import type { VaultSession } from "../../../vaults/index.ts"
import { orRefuse } from "../answers.ts"
import { ControlError, type ControlResult, command } from "../command.ts"
import { pagePlace } from "./page-place.ts"
import { listed, shownPage } from "./sent-pages.ts"
import { courseText, shownSent } from "./shown-sent.ts"
import { takenBack, takenBackAll } from "./taken-back.ts"

export interface SentCommandParts {
  readonly people: Pick<People, "signIn">
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Pick<Store, "sql">
  readonly takeBack: TakeBack
}

const mailId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const signsIn = { address: z.string().max(1000), password: z.string().max(4096) }

export const sentCommands = (parts: SentCommandParts) => {
  async function signedIn(
    input: { readonly address: string; readonly password: string },
    work: (session: VaultSession) => Promise<ControlResult>,
  ): Promise<ControlResult> {
    const { session } = orRefuse(
      await parts.people.signIn(mailAddress(input.address), secret(input.password), "control"),
    )
    try {
      return await work(session)
    } finally {
      session.close()
    }
  }

  return [
    command(
      "sent",
      z.object({
        ...signsIn,
        mail: mailId.optional(),
        before: pagePlace.optional(),
        after: pagePlace.optional(),
      }),
      input =>
        signedIn(input, async session => {
          const subject = { kind: "account", account: session.account } as const
          if (input.mail !== undefined) {
            const one = await findSent(parts.store, session, input.mail)
            if (one === undefined)
              throw new ControlError(`no message ${input.mail} was sent in the last 30 days`)
            const shown = await parts.privacy.gate("mail.read", subject, async permit =>
              shownSent(one, permit),
            )
            return { text: courseText(shown), value: shown }
          }
          const { before, after } = input
          // Each option goes on with one of the two lists; without them both begin.
          const none = { mails: [], hasMore: false }
          const waiting = before === undefined ? await readWaiting(parts.store, session, after) : none
          const sent = after === undefined ? await readSent(parts.store, session, before) : none
          return await parts.privacy.gate("mail.read", subject, async permit =>
            listed(shownPage(waiting, permit), shownPage(sent, permit)),
          )
        }),
    ),
    command(
      "sent.undo",
      z.object({ ...signsIn, mail: mailId.optional(), all: z.boolean().optional() }),
      (input, { signal }) =>
        signedIn(input, async ({ account }) => {
          const { mail, all } = input
          if ((mail === undefined) === (all !== true))
            throw new ControlError("say which message, by its number, or --all: all that waits")
          return mail === undefined
            ? takenBackAll(await parts.takeBack.all(account, signal))
            : takenBack(mail, await parts.takeBack.one(account, mail))
        }),
    ),
  ]
}
