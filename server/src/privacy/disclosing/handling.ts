import type { ChoiceName } from "../choices/contract.ts"
import type { Category, Recipient } from "../policy/index.ts"

/** How what goes to a recipient is written down, and what it takes of the person. */
export interface Handling {
  /** `each`: a row of the person's for each value. `together`: so many values reserved at a time, for recipients with fixed small fields. */
  readonly ledger: "each" | "together"
  /** It is this server itself: nobody else learns anything. */
  readonly isOurs: boolean
  /** The choice by which a person lets addresses and numbers go there. Without one they never do. */
  readonly consent: ChoiceName | undefined
}

export const handling: { readonly [R in Recipient]: Handling } = {
  dns: { ledger: "together", isOurs: false, consent: undefined },
  "own-door": { ledger: "each", isOurs: true, consent: undefined },
  // What a person sends is their own act: counted, not listed one by one.
  "mail-exchanger": { ledger: "together", isOurs: false, consent: undefined },
  "smart-host": { ledger: "together", isOurs: false, consent: undefined },
  "policy-host": { ledger: "together", isOurs: false, consent: undefined },
  "certificate-authority": { ledger: "together", isOurs: false, consent: undefined },
}

/** Addresses and numbers: by them a person can be reached, so nobody else gets them unless the person said so. */
export function needsConsent(category: Category, { isOurs }: Handling): boolean {
  return !isOurs && category.startsWith("user.contact.")
}
