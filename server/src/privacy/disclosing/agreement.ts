import { type Category, type Purpose, purposes, type Recipient, recipients } from "../policy/index.ts"
import { type Ground, isDeclaredCountry } from "../policy/transfers.ts"

/**
 * What the operator has agreed with somebody outside: for which purposes they may be told which fields, where they
 * are, why that may be, and until when. The policy declares the most that can be agreed; what it has stopped to
 * declare does not flow, whatever was agreed once.
 */
export interface Agreement {
  readonly id: number
  readonly recipient: Recipient
  readonly purposes: readonly Purpose[]
  readonly fields: readonly Category[]
  /** Where the recipient is, ISO 3166-1 alpha-2; undefined: where the policy says. */
  readonly country: string | undefined
  /** Why the data may go there; undefined: it leaves no machine. */
  readonly ground: Ground | undefined
  /** Milliseconds since 1970, as the next two. */
  readonly agreedAt: number
  /** The first moment at which it holds no more; undefined: until it is ended. */
  readonly until: number | undefined
  /** When the operator ended it, or put another in its place. */
  readonly endedAt: number | undefined
}

/** What the register knows of a recipient: the newest agreement, none, or that the register itself was altered. */
export type InForce = Agreement | "broken" | undefined

/** Why something does not go to a recipient. */
export type NotAgreed =
  | "never-agreed"
  | "broken"
  | "ended"
  | "expired"
  | "undeclared-country"
  | "not-for-this"

/** Undefined: it may go. `category` undefined: asked in general, before there is a value. */
export function whyNotAgreed(
  agreement: InForce,
  asked: { readonly purpose: Purpose; readonly category: Category | undefined },
  now: number,
): NotAgreed | undefined {
  if (agreement === undefined) return "never-agreed"
  if (agreement === "broken") return "broken"
  if (agreement.endedAt !== undefined) return "ended"
  if (agreement.until !== undefined && now >= agreement.until) return "expired"
  // a later policy may have stopped to declare the country that was agreed
  const { recipient, country } = agreement
  if (country !== undefined && !isDeclaredCountry(recipients[recipient].where, country))
    return "undeclared-country"
  const { purpose, category } = asked
  if (!agreement.purposes.includes(purpose)) return "not-for-this"
  if (category !== undefined && !agreement.fields.includes(category)) return "not-for-this"
  return undefined
}

/** The most that the policy lets be agreed with a recipient. */
export function declaredFor(recipient: Recipient): {
  readonly purposes: readonly Purpose[]
  readonly fields: readonly Category[]
} {
  const names = Object.keys(purposes) as Purpose[] // the table's own keys
  return {
    purposes: names.filter(purpose => mayTell(purpose, recipient)),
    fields: recipients[recipient].fields,
  }
}

function mayTell(purpose: Purpose, recipient: Recipient): boolean {
  const told: readonly Recipient[] = purposes[purpose].recipients
  return told.includes(recipient)
}

export function isRecipient(name: string): name is Recipient {
  return Object.hasOwn(recipients, name)
}
