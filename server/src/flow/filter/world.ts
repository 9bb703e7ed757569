/** What a filter may ask while it runs. */
import type { World } from "@letterkeep/sieve"
import type { Places } from "../../messages/index.ts"
import { withoutTag } from "../../sending/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { FilterParts } from "./parts.ts"
import { isRemembered } from "./remembered.ts"

export interface WorldWish {
  readonly account: AccountId
  readonly now: number
  readonly places: () => Promise<Places>
  readonly ownAddresses: readonly string[]
}

export function worldOf(
  parts: Pick<FilterParts, "filters" | "vaults">,
  { account, now, places, ownAddresses }: WorldWish,
): World {
  return {
    now,
    // Of whom the clock is is not known: the machine's stands in.
    offsetAt: ms => -new Date(ms).getTimezoneOffset(),
    mailboxExists: async name => (await places()).find(name) !== undefined,
    async specialUseExists(attribute, mailbox) {
      const found = (await places()).withUse(attribute)
      if (found === undefined || mailbox === undefined) return found !== undefined
      return (await places()).find(mailbox)?.id === found.id
    },
    isDuplicate: ({ handle, id }) => isRemembered(parts, account, "duplicate", [handle, id]),
    hasReplied: ({ handle, to }) => isRemembered(parts, account, "answer", answerKey(handle, to)),
    ownAddresses,
    detailSeparator: "+",
  }
}

/** RFC 5230 §4.2: one person and one handle. Who writes from a server like this one has another return path each time. */
export const answerKey = (handle: string, to: string): readonly string[] => [
  handle,
  withoutTag(to).toLowerCase(),
]
