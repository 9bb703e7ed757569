import { z } from "zod"
import type { People } from "../../../people/index.ts"
import { mailAddress, type Privacy, secret } from "../../../privacy/index.ts"
import { opened, orRefuse } from "../answers.ts"
import { command } from "../command.ts"
import { keepCode } from "./keep-code.ts"

const address = z.string().max(1000)
const secretText = z.string().max(4096)

export const accountCommands = (people: People, privacy: Pick<Privacy, "gate">) => [
  command("account.add", z.object({ address, password: secretText }), async input => {
    const added = orRefuse(await people.addAccount(mailAddress(input.address), secret(input.password)))
    const address = await opened(privacy, added.accountId, added.address)
    const code = await opened(privacy, added.accountId, added.recoveryCode)
    return {
      text: `opened ${address} (${added.role})\n${keepCode(code)}`,
      value: {
        address,
        account: added.accountId,
        role: added.role,
        recoveryCode: code,
      },
    }
  }),
  command(
    "account.password",
    z.object({ address, current: secretText, password: secretText }),
    async input => {
      orRefuse(
        await people.changePassword(
          mailAddress(input.address),
          secret(input.current),
          secret(input.password),
        ),
      )
      return {
        text: `changed the password of ${input.address}; its other sessions have ended`,
        value: { address: input.address },
      }
    },
  ),
  command("account.recover", z.object({ address, code: secretText, password: secretText }), async input => {
    const done = orRefuse(
      await people.recover(mailAddress(input.address), secret(input.code), secret(input.password)),
    )
    const recoveryCode = await opened(privacy, done.account.id, done.recoveryCode)
    if (done.kind === "reopened")
      return {
        text: `opened the mail of ${input.address} from before the reset; the password stays as it is\n${keepCode(recoveryCode)}`,
        value: { address: input.address, kind: done.kind, recoveryCode },
      }
    return {
      text: `set a new password for ${input.address}; the old code is spent\n${keepCode(recoveryCode)}`,
      value: { address: input.address, kind: done.kind, recoveryCode },
    }
  }),
  command("account.recovery-code", z.object({ address, current: secretText }), async input => {
    const renewed = orRefuse(
      await people.renewRecoveryCode(mailAddress(input.address), secret(input.current)),
    )
    const recoveryCode = await opened(privacy, renewed.account.id, renewed.recoveryCode)
    return {
      text: `made a new recovery code for ${input.address}; the one before it opens nothing any more\n${keepCode(recoveryCode)}`,
      value: { address: input.address, recoveryCode },
    }
  }),
  command("account.reopen", z.object({ address, current: secretText, old: secretText }), async input => {
    const done = orRefuse(
      await people.reopenOldMail(mailAddress(input.address), secret(input.current), secret(input.old)),
    )
    const recoveryCode = await opened(privacy, done.account.id, done.recoveryCode)
    return {
      text: `opened the mail of ${input.address} from before the reset; the password stays as it is\n${keepCode(recoveryCode)}`,
      value: { address: input.address, recoveryCode },
    }
  }),
  command(
    "app-password.add",
    z.object({
      address,
      current: secretText,
      label: z.string().max(200).default("a program"),
      protocols: z.array(z.string().max(40)).max(10).default(["imap", "pop3", "submission"]),
    }),
    async input => {
      const added = orRefuse(
        await people.addAppPassword(
          mailAddress(input.address),
          secret(input.current),
          input.protocols,
          secret(input.label),
        ),
      )
      const shown = await opened(privacy, added.account.id, added.secret)
      return {
        text: `app password for ${input.protocols.join(", ")}, shown once: ${shown}`,
        value: { address: input.address, id: added.id, secret: shown, protocols: input.protocols },
      }
    },
  ),
]
