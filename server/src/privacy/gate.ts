import type { Clock } from "../ports/clock.ts"
import type { AccountId } from "../store/index.ts"
import type { Choices } from "./choices/contract.ts"
import type { ChoiceName } from "./choices/definitions.ts"
import { choiceFor, requireChoice } from "./choices/required.ts"
import { type Disclosing, toldToNobody } from "./disclosing/disclose.ts"
import { endPermit, issuePermit, type Permit, type Subject } from "./permit.ts"
import { type Purpose, rulesAlone } from "./policy/index.ts"

/**
 * The gate, and beside it the one way out. All work on personal data runs inside `gate`, which gives it a permit;
 * what goes to somebody outside goes through `disclose`, or over an Egress of `egressFor`.
 */
export interface Privacy extends Disclosing {
  /**
   * Runs `work` with a permit for this purpose about this subject, at once: before `gate` itself returns. The
   * permit ends with the work. Rejects as `work` does.
   *
   * For a purpose that needs a choice, the choice is looked up first: without a yes it rejects with a ChoiceError, and
   * `work` is not begun.
   */
  gate<const P extends Purpose, T>(
    purpose: P,
    subject: Subject,
    work: (permit: Permit<P>) => Promise<T>,
  ): Promise<T>
}

export interface PrivacyOptions {
  readonly clock: Clock
  /** Without it nothing leaves. */
  readonly disclosing?: Disclosing
  /** The version of an account's choices, where it is at hand; permits carry it. */
  readonly choiceVersion?: (account: AccountId) => number | undefined
  /** Of the version in effect, which permits carry; the number of the rules where none was published. */
  readonly policyLabel?: () => string
  /** Without it nothing is done that needs a choice. */
  readonly choices?: Pick<Choices, "now">
  /** The policy's own unless a test says otherwise. */
  readonly choiceFor?: (purpose: Purpose) => ChoiceName | undefined
}

export function createPrivacy(options: PrivacyOptions): Privacy {
  const { clock, choiceVersion = () => undefined, disclosing = toldToNobody } = options
  const given = { clock, choiceVersion, policyLabel: options.policyLabel ?? rulesAlone }
  const needed = options.choiceFor ?? choiceFor
  return {
    ...disclosing,
    async gate(purpose, subject, work) {
      const choice = needed(purpose)
      if (choice !== undefined) await requireChoice(options.choices, purpose, subject, choice)
      const permit = issuePermit(purpose, subject, given)
      try {
        return await work(permit)
      } finally {
        endPermit(permit)
      }
    },
  }
}
