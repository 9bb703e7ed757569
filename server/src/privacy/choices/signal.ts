import type { AccountId } from "../../store/index.ts"
import type { Choices } from "./contract.ts"
import { signalSupport } from "./definitions.ts"

/**
 * The browser of somebody who is signed in sends Global Privacy Control: their "sell-or-share" becomes a no, unless it
 * was said before. It is written when nothing stands yet too, though the default is the same: a default may change with
 * a new policy, what a person has said does not.
 */
export async function honourSignal(
  choices: Pick<Choices, "history" | "chooseNow">,
  account: AccountId,
): Promise<void> {
  const last = (await choices.history(account)).findLast(each => each.choice === "sell-or-share")
  if (last?.value === "no") return
  await choices.chooseNow(account, {
    choice: "sell-or-share",
    value: "no",
    by: "browser-signal",
    wording: signalSupport.wording,
  })
}
