/**
 * Where a recipient may stand, and on what ground data may move there (GDPR Chapter V). A country that the policy
 * does not declare is refused: the page would say something else than what happens.
 */
export type Where =
  /** Nothing leaves the machine. */
  | { readonly kind: "this-machine" }
  /** ISO 3166-1 alpha-2 codes, upper case. */
  | { readonly kind: "countries"; readonly countries: readonly string[]; readonly ground: Ground }
  /** Nobody can say beforehand; `why` is for the person. */
  | { readonly kind: "anywhere"; readonly why: string; readonly ground: Ground }

export type Ground = keyof typeof grounds

export const grounds = {
  adequacy: "The European Commission has found that the country protects data well enough (GDPR Art. 45).",
  safeguards: "Standard contractual clauses bind the recipient (GDPR Art. 46(2)(c)).",
  contract:
    "Without it the service that you asked for, mail that is checked before you see it and reaches those you write to, could not be given (GDPR Art. 49(1)(b)).",
} as const

/** Whether the policy declares that data may go to this country; `country` as ISO 3166-1 alpha-2. */
export function isDeclaredCountry(where: Where, country: string): boolean {
  if (!/^[A-Z]{2}$/.test(country)) return false
  switch (where.kind) {
    case "this-machine":
      return false
    case "countries":
      return where.countries.includes(country)
    case "anywhere":
      return true
  }
}
