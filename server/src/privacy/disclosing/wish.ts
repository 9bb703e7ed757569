import { type Recipient, recipients } from "../policy/index.ts"
import { isDeclaredCountry } from "../policy/transfers.ts"
import { declaredFor, isRecipient } from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import type { NewEntry } from "./rows.ts"

/** What the operator wants to agree with a recipient: the policy declares the most that it can be. */
export interface AgreementWish {
  readonly recipient: string
  /** Undefined: all that the policy declares. */
  readonly purposes: readonly string[] | undefined
  readonly fields: readonly string[] | undefined
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined
  /** Milliseconds since 1970. */
  readonly until: number | undefined
}

/** `text`: why, for the operator. */
export interface NotSo {
  readonly kind: "refused"
  readonly text: string
}

/** What a recipient is agreed to have from the start. */
export function standing(recipient: Recipient): NewEntry {
  const { where } = recipients[recipient]
  return {
    says: "agreed",
    recipient,
    ...declaredFor(recipient),
    country: null,
    ground: where.kind === "this-machine" ? null : where.ground,
    until: null,
  }
}

type Checked =
  | {
      readonly kind: "fits"
      readonly recipient: Recipient
      readonly row: NewEntry
    }
  | NotSo

/** The policy declares the most that can be agreed. */
export function checkWish(wish: AgreementWish, now: number): Checked {
  const { recipient, country } = wish
  if (!isRecipient(recipient)) return unknownRecipient(recipient)
  const most = declaredFor(recipient)
  const beyond = [
    ...(wish.purposes ?? []).filter(name => !most.purposes.some(purpose => purpose === name)),
    ...(wish.fields ?? []).filter(name => !most.fields.some(field => field === name)),
  ]
  if (beyond.length > 0)
    return refused(
      `the policy does not let ${recipient} have ${beyond.join(", ")}: at most ${[...most.purposes, ...most.fields].join(", ")}`,
    )
  const chosen = standing(recipient)
  const agreed = {
    ...chosen,
    purposes: wish.purposes ?? chosen.purposes,
    fields: wish.fields ?? chosen.fields,
  }
  if (agreed.purposes.length === 0 || agreed.fields.length === 0)
    return refused("an agreement is for one purpose and one field at least")
  const { where } = recipients[recipient]
  if (country !== undefined && !isDeclaredCountry(where, country))
    return refused(`the policy does not say that data goes to "${country}" for ${recipient}`)
  if (wish.until !== undefined && !(wish.until > now)) return refused("it would have ended already")
  const until = wish.until === undefined ? null : new Date(wish.until)
  return { kind: "fits", recipient, row: { ...agreed, country: country ?? null, until } }
}

export function refused(text: string): NotSo {
  return { kind: "refused", text }
}

export function unknownRecipient(name: string): NotSo {
  return refused(`the policy knows no recipient "${name}": it has ${recipientNames.join(", ")}`)
}
