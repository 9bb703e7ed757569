import { type Recipient, recipients } from "../policy/index.ts"
import { grounds, type Where } from "../policy/transfers.ts"

/** What the policy says of its recipients, for those who show it. */
export const recipientNames = Object.keys(recipients) as readonly Recipient[] // the table's own keys

export function recipientFacts(recipient: Recipient): { readonly sentence: string; readonly where: string } {
  const { sentence } = recipients[recipient]
  return { sentence, where: placeOf(recipients[recipient].where) }
}

function placeOf(where: Where): string {
  switch (where.kind) {
    case "this-machine":
      return "this machine"
    case "countries":
      return `${where.countries.join(", ")}. ${grounds[where.ground]}`
    case "anywhere":
      return `anywhere. ${where.why} ${grounds[where.ground]}`
  }
}
