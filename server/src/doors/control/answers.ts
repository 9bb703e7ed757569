import type { Refused, SlowDown } from "../../people/index.ts"
import {
  type Category,
  ChoicesBrokenError,
  NoLongerBoundError,
  type Personal,
  type Privacy,
  type PurposeThatOpens,
  StaffRegisterBrokenError,
} from "../../privacy/index.ts"
import type { AccountId } from "../../store/index.ts"
import { ControlError } from "./command.ts"

/** Lets a good answer through; a refusal becomes the operator's error, in its own words. */
export function orRefuse<T extends { readonly kind: string }>(
  answer: T,
): Exclude<T, Refused | SlowDown | { readonly kind: "refused" }> {
  if (isSlowDown(answer))
    throw new ControlError(`too many wrong tries: wait ${answer.retryAfterSeconds} seconds, then try again`)
  if (isRefused(answer)) throw new ControlError(answer.text)
  if (answer.kind === "refused") throw new ControlError("the address or the password is wrong")
  return answer as Exclude<T, Refused | SlowDown | { readonly kind: "refused" }> // both kinds were dealt with above
}

function isRefused(answer: { readonly kind: string }): answer is Refused {
  return answer.kind === "refused" && "text" in answer
}

function isSlowDown(answer: { readonly kind: string }): answer is SlowDown {
  return answer.kind === "slow-down"
}

/** That somebody has tampered with what was written, or ended what was agreed, is for the operator to read, in words. */
export async function orSayBroken<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (
      error instanceof ChoicesBrokenError ||
      error instanceof StaffRegisterBrokenError ||
      error instanceof NoLongerBoundError
    )
      throw new ControlError(error.message)
    throw error
  }
}

/** What is an account's own, or shown once to its owner, for whoever serves it on the command line. */
export async function opened(
  privacy: Pick<Privacy, "gate">,
  account: AccountId,
  value: ServedText,
): Promise<string> {
  return await privacy.gate("account.serve", { kind: "account", account }, async permit => value.open(permit))
}

/** Text of a category that may be opened to serve an account. */
type ServedText = {
  [C in Category]: "account.serve" extends PurposeThatOpens<C> ? Personal<C, string> : never
}[Category]
