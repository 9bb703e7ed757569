/**
 * What people have chosen, each choice with its history: what, when, by whom, under which policy, with the wording
 * that was shown. A choice that nobody made has its default, and every default is the private one.
 */
import type { AccountId, Tx } from "../../store/index.ts"

/** Each that exists today; a feature that sends something of a person's anywhere adds its own, default "no". */
export type ChoiceName = "sell-or-share"

export type ChoiceValue = "yes" | "no"

export interface ChoiceMade {
  readonly choice: ChoiceName
  readonly value: ChoiceValue
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: "person" | "browser-signal" | "operator"
  readonly policyVersion: number
  /** What was shown when it was made. */
  readonly wording: string
}

export interface Choices {
  /** Makes a choice, in the action's transaction; the ledger has it too. */
  choose(tx: Tx, account: AccountId, made: Omit<ChoiceMade, "at" | "policyVersion">): Promise<void>
  /** As it stands now; the default where none was made. */
  now(account: AccountId, choice: ChoiceName): Promise<ChoiceValue>
  /** Counts up with each choice of the account: permits carry it. */
  version(account: AccountId): Promise<number>
  /** Newest last. */
  history(account: AccountId): Promise<readonly ChoiceMade[]>
}
