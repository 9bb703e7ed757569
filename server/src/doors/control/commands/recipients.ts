import { z } from "zod"
import { type Agreement, type Register, recipientNames } from "../../../privacy/index.ts"
import { ControlError, command } from "../command.ts"
import { readUntil } from "../read-until.ts"
import { type ShownRecipient, showRecipient } from "./shown-recipient.ts"

/** The register of recipients: whom this server tells what, and since when and until when that is agreed. */
export const recipientCommands = (register: Register, facts: { readonly now: () => number }) => {
  const shown = (recipient: Agreement["recipient"]): ShownRecipient =>
    showRecipient(recipient, register, facts.now())
  return [
    command("recipients.list", z.object({}), async () => {
      const recipients = recipientNames.map(shown)
      return { text: recipients.map(linesOf).join("\n\n"), value: { recipients } }
    }),
    command(
      "recipients.agree",
      z.object({
        recipient: z.string().max(100),
        purposes: z.array(z.string().max(100)).max(50).optional(),
        fields: z.array(z.string().max(100)).max(50).optional(),
        country: z.string().max(10).optional(),
        until: z.string().max(40).optional(),
      }),
      async input => {
        const agreed = await register.agree({
          recipient: input.recipient,
          purposes: input.purposes,
          fields: input.fields,
          country: input.country,
          until: input.until === undefined ? undefined : readUntil(input.until),
        })
        if (agreed.kind === "refused") throw new ControlError(agreed.text)
        const made = shown(agreed.agreement.recipient)
        return { text: linesOf(made), value: made }
      },
    ),
    command("recipients.end", z.object({ recipient: z.string().max(100) }), async ({ recipient }) => {
      const ended = await register.end(recipient)
      if (ended.kind === "refused") throw new ControlError(ended.text)
      const value = shown(ended.agreement.recipient)
      return { text: `nothing goes to ${recipient} any more\n${linesOf(value)}`, value }
    }),
  ]
}

function linesOf(recipient: ShownRecipient): string {
  const { name, state, sentence, agreement } = recipient
  const lines = [`${name.padEnd(12)} ${state.says}`, `${"".padEnd(12)} ${sentence}`]
  if (agreement !== undefined)
    lines.push(
      `${"".padEnd(12)} for ${agreement.purposes.join(", ")}; fields ${agreement.fields.join(", ")}`,
      `${"".padEnd(12)} where: ${agreement.where}`,
    )
  return lines.join("\n")
}
