/**
 * A filter could not do what it says: its owner hears of it in the inbox, once a day, whatever went wrong besides. One that
 * comes to its limits again and again is stopped for a day, and its owner told of that in the same transaction, once.
 */
import type { Alongside } from "../../messages/index.ts"
import type { Filters, OwnFilters } from "../../people/filters/index.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { AccountId } from "../../store/ids.ts"
import { keepOwnMail, type OwnMail, type OwnMailParts } from "../own-mail.ts"
import type { Faults } from "./filter-mail.ts"
import { filterTraffic } from "./limits.ts"
import { isRemembered, memoryOf } from "./remembered.ts"

export interface TellFault {
  /** Takes it over at once. Where the same person is being told of something, the next fault tells. */
  tell(account: AccountId, faults: Faults): void
  /** Resolves when nobody is being told any more. */
  idle(): Promise<void>
}

export interface TellFaultParts extends OwnMailParts {
  readonly filters: Pick<Filters, "memory"> & { readonly own: Pick<OwnFilters, "stopOverrun"> }
  readonly log: Log
}

const dayMs = 24 * 60 * 60 * 1000
/** Of one letter. */
const faultsTold = 10

export function createTellFault(parts: TellFaultParts): TellFault {
  const { filters, vaults, clock, log } = parts
  /** Being told now: two messages that come together are one letter. */
  const telling = new Map<AccountId, Promise<void>>()

  async function told(account: AccountId, { said, overran }: Faults): Promise<void> {
    try {
      if (overran && (await stopped(account, said))) return
      if (await isRemembered({ filters, vaults }, account, "told", [])) return
      await keepOwnMail(parts, account, {
        subject: "Your filter could not do all that it says",
        lines: [
          "A message came, and your filter could not deal with it as it is written:",
          "",
          ...said.slice(0, faultsTold).map(fault => `- ${plain(fault)}`),
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

  /** Where it is time for that. */
  async function stopped(account: AccountId, said: readonly string[]): Promise<boolean> {
    const { overrunsADay: most, overrunsOfOneSender: each } = filterTraffic
    if ((await filters.memory.countEach(account, "overrun", each)) < most) return false
    const work: Alongside["work"] = async tx => {
      if (!(await filters.own.stopOverrun(tx, account, { most, each }))) throw new ChangedMeanwhileError()
    }
    try {
      await keepOwnMail(parts, account, stoppedLetter(most, said), { bytes: 0, work })
    } catch (error) {
      if (error instanceof ChangedMeanwhileError) return false
      throw error
    }
    log.event("filter.stopped", { account, overruns: most })
    return true
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

/** Undoes the transaction: its owner was quicker, or another node. */
class ChangedMeanwhileError extends Error {
  override readonly name = "ChangedMeanwhileError"
  readonly temporary = false
}

function stoppedLetter(most: number, said: readonly string[]): OwnMail {
  return {
    subject: "Your filter was stopped",
    lines: [
      `Your filter came to its limits ${most} times within a day, the last time with these words:`,
      "",
      ...said.slice(0, faultsTold).map(fault => `- ${plain(fault)}`),
      "",
      "It rests for a day, and then starts again by itself. Nothing is lost: until then your",
      "mail is where it goes without a filter.",
      "",
      '"filter use" on the command line puts it to work at once, "filter set" puts another in',
      'its place, and "filter off" leaves it at rest. Less to compare, above all with the text',
      "of long messages, keeps it within its limits.",
    ],
  }
}

/** Parts of a stranger's message may stand in it. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 400)
}
