/** A filter could not do what it says: its owner hears of it in the inbox, once a day, whatever went wrong besides. */
import type { Filters } from "../../people/filters/index.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { AccountId } from "../../store/ids.ts"
import { keepOwnMail, type OwnMailParts } from "../own-mail.ts"
import { isRemembered, memoryOf } from "./remembered.ts"

export interface TellFault {
  /** Takes it over at once. */
  tell(account: AccountId, faults: readonly string[]): void
  /** Resolves when nobody is being told any more. */
  idle(): Promise<void>
}

export interface TellFaultParts extends OwnMailParts {
  readonly filters: Pick<Filters, "memory">
  readonly log: Log
}

const dayMs = 24 * 60 * 60 * 1000
/** Of one letter. */
const faultsTold = 10

export function createTellFault(parts: TellFaultParts): TellFault {
  const { filters, vaults, clock, log } = parts
  /** Being told now: two messages that come together are one letter. */
  const telling = new Map<AccountId, Promise<void>>()

  async function told(account: AccountId, faults: readonly string[]): Promise<void> {
    try {
      if (await isRemembered({ filters, vaults }, account, "told", [])) return
      await keepOwnMail(parts, account, {
        subject: "Your filter could not do all that it says",
        lines: [
          "A message came, and your filter could not deal with it as it is written:",
          "",
          ...faults.slice(0, faultsTold).map(fault => `- ${plain(fault)}`),
          "",
          "The message is not lost: it is where your mail goes without a filter, but for",
          "what else the filter said. Until tomorrow you are not told again.",
          "",
          '"filter show" on the command line shows your filter, and "filter try" says what',
          "it does with the mail that you have.",
        ],
      })
      await filters.memory.remember([memoryOf(vaults, account, "told", [], clock.now() + dayMs)])
    } catch (error) {
      log.event("task.failed", { task: own("tell of a filter's fault"), error: failure(error) })
    } finally {
      telling.delete(account)
    }
  }

  return {
    tell(account, faults) {
      if (!telling.has(account)) telling.set(account, told(account, faults))
    },
    async idle() {
      await Promise.all(telling.values())
    },
  }
}

/** Parts of a stranger's message may stand in it. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 400)
}
