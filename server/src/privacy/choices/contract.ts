/**
 * What people have chosen, each choice with its history: what, when, by whom, under which policy, with the wording
 * that was shown. A choice that nobody made has its default, and every default is the private one.
 */
import type { AccountId, Tx } from "../../store/index.ts"
import type { ChoiceName } from "./definitions.ts"

export type { ChoiceName } from "./definitions.ts"
export type ChoiceValue = "yes" | "no"

export interface ChoiceMade {
  readonly choice: ChoiceName
  readonly value: ChoiceValue
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: "person" | "browser-signal"
  /** The label of the version that was in effect: "1.2". */
  readonly policyVersion: string
  /** What was shown when it was made. */
  readonly wording: string
}

export type NewChoice = Omit<ChoiceMade, "at" | "policyVersion">

export interface Choices {
  /** Makes a choice, in the action's transaction; the ledger has it too. */
  choose(tx: Tx, account: AccountId, made: NewChoice): Promise<void>
  /** The same in a transaction of its own; in force in this process when it resolves. */
  chooseNow(account: AccountId, made: NewChoice): Promise<void>
  /**
   * The same, unless the account has chosen just that already and it stands: then nothing is written, and as a rule
   * nothing is read. Of several at once, one writes. Rejects as `now` does.
   */
  chooseOnce(account: AccountId, made: NewChoice): Promise<void>
  /**
   * As it stands now; the default where none was made. Rejects with ChoicesBrokenError where the database holds what
   * this server did not write: then nothing that needs a choice is done.
   */
  now(account: AccountId, choice: ChoiceName): Promise<ChoiceValue>
  /** Counts up with each choice of the account: permits carry it. 0: none was made. */
  version(account: AccountId): Promise<number>
  /**
   * The version, where it is at hand: the gate waits for nothing. It is for whom `keep` was called, but for moments
   * after a choice; what is asked for longest ago of many, or lost with the link to the database, is not until the
   * next call.
   */
  versionKept(account: AccountId): number | undefined
  /** Somebody signs in: what they have chosen is kept at hand. Choices that are broken are not, and keep nobody out. */
  keep(account: AccountId): Promise<void>
  /** Newest last, 10,000 at most. Rejects as `now` does. */
  history(account: AccountId): Promise<readonly ChoiceMade[]>
}
