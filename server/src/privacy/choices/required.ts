import type { Subject } from "../permit.ts"
import { type Purpose, purposes } from "../policy/index.ts"
import type { Choices } from "./contract.ts"
import type { ChoiceName } from "./definitions.ts"

/**
 * The rule: what is done for a purpose that names a choice is done for those alone who have said yes to it. Of several
 * people all have to; of a stranger nothing is known, and nothing is done.
 */
export async function requireChoice(
  choices: Pick<Choices, "now"> | undefined,
  purpose: Purpose,
  subject: Subject,
  choice: ChoiceName,
): Promise<void> {
  if (choices === undefined || subject.kind === "stranger") throw new ChoiceError(purpose, choice)
  const accounts = subject.kind === "account" ? [subject.account] : subject.accounts
  if (accounts.length === 0) throw new ChoiceError(purpose, choice)
  for (const account of accounts)
    if ((await choices.now(account, choice)) !== "yes") throw new ChoiceError(purpose, choice)
}

const needed: ReadonlyMap<string, ChoiceName> = new Map(
  Object.entries(purposes).flatMap(
    ([purpose, entry]: [string, { readonly name: string; readonly choice?: ChoiceName }]) =>
      entry.choice === undefined ? [] : [[purpose, entry.choice] as const],
  ),
)

/** The choice without which nothing is done for a purpose. Most need none: they are what the service is. */
export function choiceFor(purpose: Purpose): ChoiceName | undefined {
  return needed.get(purpose)
}

/** Somebody whose data it is has not chosen that this be done: an outcome that the caller must expect. */
export class ChoiceError extends Error {
  override readonly name = "ChoiceError"
  readonly temporary = false
  readonly choice: ChoiceName

  constructor(purpose: Purpose, choice: ChoiceName) {
    super(`nothing is done for ${purpose} without a yes to "${choice}"`)
    this.choice = choice
  }
}
