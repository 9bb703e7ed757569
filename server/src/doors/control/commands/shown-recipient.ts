import {
  type Agreement,
  type InForce,
  type Register,
  recipientFacts,
  whyNotAgreed,
} from "../../../privacy/index.ts"

/** A recipient as the command line and its `--json` show it. */
export interface ShownRecipient {
  readonly name: Agreement["recipient"]
  readonly sentence: string
  readonly state: AgreementState
  /** The newest. */
  readonly agreement:
    | {
        readonly id: number
        readonly purposes: readonly string[]
        readonly fields: readonly string[]
        readonly where: string
        readonly agreedAt: string
        readonly until: string | undefined
        readonly endedAt: string | undefined
      }
    | undefined
  /** How many were ever made. */
  readonly agreements: number
}

export interface AgreementState {
  readonly flows: boolean
  /** In a few words. */
  readonly says: string
}

export function showRecipient(
  name: Agreement["recipient"],
  register: Pick<Register, "inForce" | "history">,
  now: number,
): ShownRecipient {
  const history = register.history(name)
  const [newest] = history
  return {
    name,
    sentence: recipientFacts(name).sentence,
    state: stateOf(register.inForce(name), now),
    agreement:
      newest === undefined
        ? undefined
        : {
            id: newest.id,
            purposes: newest.purposes,
            fields: newest.fields,
            where: newest.country ?? recipientFacts(name).where,
            agreedAt: written(newest.agreedAt),
            until: newest.until === undefined ? undefined : written(newest.until),
            endedAt: newest.endedAt === undefined ? undefined : written(newest.endedAt),
          },
    agreements: history.length,
  }
}

/** Whether what is agreed lets anything flow now. */
export function stateOf(agreement: InForce, now: number): AgreementState {
  if (agreement === "broken") return { flows: false, says: "the register was altered in the database" }
  const [purpose] = agreement?.purposes ?? []
  if (agreement === undefined || purpose === undefined) return { flows: false, says: "never agreed" }
  switch (whyNotAgreed(agreement, { purpose, category: undefined }, now)) {
    case undefined:
      return {
        flows: true,
        says: agreement.until === undefined ? "agreed" : `agreed until ${written(agreement.until)}`,
      }
    case "ended":
      return { flows: false, says: `the agreement was ended on ${written(agreement.endedAt ?? now)}` }
    case "expired":
      return { flows: false, says: `the agreement ran out on ${written(agreement.until ?? now)}` }
    case "undeclared-country":
      return { flows: false, says: `the policy does not say that data goes to ${agreement.country ?? ""}` }
    case "never-agreed":
    case "broken":
    case "not-for-this":
      return { flows: false, says: "never agreed" }
  }
}

function written(at: number): string {
  return new Date(at).toISOString()
}
