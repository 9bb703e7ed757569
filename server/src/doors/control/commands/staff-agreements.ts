/** The register of those who run the server: who may be shown what of a person, and until when. */
import { z } from "zod"
import type { StaffAgreement, StaffRegister } from "../../../privacy/index.ts"
import { orSayBroken } from "../answers.ts"
import { ControlError, command } from "../command.ts"
import { readUntil } from "../read-until.ts"

const name = z.string().max(1000)

export const staffAgreementCommands = (register: StaffRegister, facts: { readonly now: () => number }) => {
  const shown = (agreement: StaffAgreement): ShownAgreement => showAgreement(agreement, facts.now())
  return [
    command("staff.list", z.object({}), async () => {
      const staff = (await orSayBroken(register.list())).map(shown)
      const text = staff.length === 0 ? nobody : staff.map(linesOf).join("\n\n")
      return { text, value: { staff } }
    }),
    command(
      "staff.agree",
      z.object({
        name,
        fields: z.array(z.string().max(100)).max(50).optional(),
        until: z.string().max(40).optional(),
      }),
      async input => {
        if (input.until === undefined)
          throw new ControlError("an agreement with a person has an end: --until 2027-06-30, a year at most")
        const until = readUntil(input.until)
        const agreed = await orSayBroken(register.agree({ name: input.name, fields: input.fields, until }))
        if (agreed.kind === "refused") throw new ControlError(agreed.text)
        const value = shown(agreed.agreement)
        const text = [
          ...(agreed.brokenBefore === undefined ? [] : [begunAnew(agreed.brokenBefore)]),
          linesOf(value),
        ]
        return { text: text.join("\n"), value: { ...value, brokenBefore: agreed.brokenBefore } }
      },
    ),
    command("staff.end", z.object({ name }), async input => {
      const ended = await orSayBroken(register.end(input.name))
      if (ended.kind === "refused") throw new ControlError(ended.text)
      const value = shown(ended.agreement)
      return { text: `${value.name} is shown nothing any more\n${linesOf(value)}`, value }
    }),
  ]
}

const nobody =
  'nobody is bound yet, so nobody is shown what is a person\'s. To make an agreement: ./letterkeep staff agree "NAME" --until DATE'

const begunAnew = (why: string): string =>
  `The register was not as it was written: ${why}. It was begun anew: what was agreed with others has to be agreed again.`

/** As the command line and its `--json` show it. */
interface ShownAgreement {
  readonly name: string
  readonly mayLook: boolean
  /** In a few words. */
  readonly says: string
  readonly fields: readonly string[]
  readonly undertaking: string
  readonly agreedAt: string
  readonly until: string
  readonly endedAt: string | undefined
}

function showAgreement(agreement: StaffAgreement, now: number): ShownAgreement {
  const { name, fields, undertaking, agreedAt, until, endedAt } = agreement
  const mayLook = endedAt === undefined && now < until
  return {
    name,
    mayLook,
    says: mayLook
      ? `until ${written(until)}`
      : endedAt === undefined
        ? `ran out ${written(until)}`
        : `ended ${written(endedAt)}`,
    fields,
    undertaking,
    agreedAt: written(agreedAt),
    until: written(until),
    endedAt: endedAt === undefined ? undefined : written(endedAt),
  }
}

const written = (at: number): string => new Date(at).toISOString()

function linesOf({ name, says, fields, undertaking }: ShownAgreement): string {
  return [`${name}: ${says}`, `  may be shown: ${fields.join(", ")}`, `  has promised: ${undertaking}`].join(
    "\n",
  )
}
