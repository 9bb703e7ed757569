/**
 * What people have chosen: asked and answered by the person with their own password, shown to those who run the server
 * for a reason. The pages for it come later.
 */
import { createHash } from "node:crypto"
import { z } from "zod"
import type { People } from "../../../people/index.ts"
import {
  type ChoiceMade,
  type ChoiceName,
  type Choices,
  choiceDefinitions,
  isChoiceName,
  mailAddress,
  type Privacy,
  type StaffAccess,
  type StaffRegister,
  secret,
} from "../../../privacy/index.ts"
import { orRefuse, orSayBroken } from "../answers.ts"
import { ControlError, command } from "../command.ts"
import { accountAt, lookerOf, whoAndWhy } from "./staff.ts"

export interface ChoiceCommandParts {
  readonly people: Pick<People, "findRecipient" | "signIn">
  readonly privacy: Pick<Privacy, "gate">
  readonly staff: StaffAccess
  readonly staffRegister: StaffRegister
  readonly choices: Choices
}

const address = z.string().max(1000)
const chosen = ["user.preferences"] as const
const choice = z.string().max(100)
/** The person's answer. */
const answer = z.string().max(100)

export const choiceCommands = (parts: ChoiceCommandParts) => [
  command("choices", z.object({ address, ...whoAndWhy }), async input => {
    const looker = await lookerOf(parts.staffRegister, input, chosen)
    const account = await accountAt(parts, input.address)
    const look = {
      command: "choices",
      ...looker,
      accounts: [account],
      categories: chosen,
    }
    const made = await orSayBroken(parts.staff.look(look, () => parts.choices.history(account)))
    const standing = Object.keys(choiceDefinitions)
      .filter(isChoiceName)
      .map(name => ({
        choice: name,
        value: made.findLast(each => each.choice === name)?.value ?? choiceDefinitions[name].otherwise,
        isDefault: !made.some(each => each.choice === name),
      }))
    return {
      text: [
        ...standing.map(each => `${each.choice}: ${each.value}${each.isDefault ? " (never chosen)" : ""}`),
        ...made.map(lineOf),
      ].join("\n"),
      value: { standing, history: made.map(shown) },
    }
  }),
  // What the person must have seen before they choose: the client shows it, and says so with the choice.
  command("choice.ask", z.object({ address, choice, answer }), async input => {
    const { wording } = choiceDefinitions[named(input.choice)]
    return { text: wording, value: { seen: sumOf(wording) } }
  }),
  command(
    "choice.set",
    z.object({ address, choice, answer, seen: z.string().max(100), password: z.string().max(4096) }),
    async input => {
      const name = named(input.choice)
      const { wording } = choiceDefinitions[name]
      if (input.answer !== "yes" && input.answer !== "no") throw new ControlError("a choice is yes or no")
      if (input.seen !== sumOf(wording))
        throw new ControlError("this is asked in other words now: read them, and choose again")
      const signedIn = await parts.people.signIn(
        mailAddress(input.address),
        secret(input.password),
        "control",
      )
      const { session } = orRefuse(signedIn)
      const { account } = session
      session.close()
      const value = input.answer
      await parts.privacy.gate("account.serve", { kind: "account", account }, () =>
        parts.choices.chooseNow(account, { choice: name, value, by: "person", wording }),
      )
      return {
        text: `${input.address} has said ${value} to "${name}"; the ledger has it`,
        value: { choice: name, value, version: await parts.choices.version(account) },
      }
    },
  ),
]

function named(text: string): ChoiceName {
  if (isChoiceName(text)) return text
  throw new ControlError(
    `there is no choice "${text}". There is: ${Object.keys(choiceDefinitions).join(", ")}`,
  )
}

/** Of the words that somebody has seen, so that nobody answers to others. */
const sumOf = (wording: string): string => createHash("sha256").update(wording).digest("hex").slice(0, 16)

const shown = ({ at, ...made }: ChoiceMade) => ({ ...made, at: new Date(at).toISOString() })

const whom = { person: "the person", "browser-signal": "the person's browser" } as const

function lineOf({ at, choice, value, by, policyVersion, wording }: ChoiceMade): string {
  const when = new Date(at).toISOString().slice(0, 16).replace("T", " ")
  return `${when}  ${choice}: ${value}, by ${whom[by]}, policy ${policyVersion}\n${"".padEnd(18)}${wording}`
}
