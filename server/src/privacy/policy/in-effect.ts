import { policyVersion } from "./rules.ts"

/**
 * The version of the policy that this process works under, by the label that everybody can look up at
 * `/privacy/versions/1.2`: the rules and the edition that the operator's settings make of them. Permits, events of the
 * ledger and choices carry it, so asking costs a function call.
 *
 * A process publishes what it says when it starts and does nothing with personal data before; until then the label is
 * that of the rules alone.
 */
export interface PolicyInEffect {
  readonly label: () => string
  /** It has been published, or was. */
  took(label: string): void
}

export function policyInEffect(): PolicyInEffect {
  let current = rulesAlone()
  return {
    label: () => current,
    took(label) {
      current = label
    },
  }
}

/** For parts that are used where no policy is published: tests, and tools on a database that no server runs on. */
export function rulesAlone(): string {
  return String(policyVersion)
}
