import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { Log } from "../../ports/log.ts"
import type { AccountId } from "../../store/index.ts"
import type { Choices } from "./contract.ts"
import { signalSupport } from "./definitions.ts"
import { ChoicesBrokenError } from "./rows.ts"

/** Accounts of which the log has been told; of one that is forgotten it is told once more. */
const MAX_TOLD = 10_000

/**
 * The browser of somebody who is signed in sends Global Privacy Control: their "sell-or-share" becomes a no, unless it
 * was said before. It is written when nothing stands yet too, though the default is the same: a default may change with
 * a new policy, what a person has said does not.
 *
 * Where somebody has tampered with an account's choices nothing is written: they count as a no to everything as they
 * are. The log has it, once for each account, and whoever is signed in goes on.
 */
export function createSignalHonouring(
  choices: Pick<Choices, "chooseOnce">,
  log: Log,
): (account: AccountId) => Promise<void> {
  const told = createBoundedMap<AccountId, true>(MAX_TOLD)
  return async account => {
    try {
      await choices.chooseOnce(account, {
        choice: "sell-or-share",
        value: "no",
        by: "browser-signal",
        wording: signalSupport.wording,
      })
    } catch (error) {
      if (!(error instanceof ChoicesBrokenError)) throw error
      if (told.get(account) === undefined) log.event("choices.broken", { account })
      told.set(account, true)
    }
  }
}
