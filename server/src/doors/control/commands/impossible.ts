/**
 * What an operator may look for and no function of this server can do: open the mail of a person without the
 * person's sign-in. These commands say so, and what can be done instead.
 */
import { z } from "zod"
import { ControlError, command } from "../command.ts"

const address = z.object({ address: z.string().max(1000) })

const why = [
  "That cannot be done. Mail is sealed to its reader: it opens to the person's own password, app password or recovery",
  "code, and to no key that this server or its operator has.",
]

export const impossibleCommands = () => [
  command("mail.show", address, async () => {
    throw new ControlError(
      [
        ...why,
        "The person can: ./letterkeep read ADDRESS, with their password.",
        "How much mail there is, not what: ./letterkeep account show ADDRESS --reason TEXT.",
      ].join("\n"),
    )
  }),
  command("account.export", address, async () => {
    throw new ControlError(
      [
        ...why,
        "The person can take everything along: ./letterkeep read ADDRESS --raw, with their password.",
        "Password lost: account recover with the recovery code, which opens everything again. Both lost:",
        "account reset opens the account for new mail; mail from before waits for the code or the old password.",
      ].join("\n"),
    )
  }),
]
