/**
 * Runs that come to a limit, as far as they count towards stopping a filter. What costs a filter too much is a message that
 * somebody wrote, so that nobody alone may switch off somebody else's filter: only mail counts that screening takes from a
 * domain which something vouches for, and of each such domain a few a day.
 */
import type { Memory } from "../../people/filters/index.ts"
import { filterTraffic } from "./limits.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { memoryOf } from "./remembered.ts"

const dayMs = 24 * 60 * 60 * 1000

/** What is to be remembered of a run for this reader that came to a limit; undefined where it does not count. */
export async function overrunOf(
  { filters, vaults }: Pick<FilterParts, "filters" | "vaults">,
  { account, isJunk }: Pick<Reader, "account" | "isJunk">,
  { provenDomain, now }: Pick<InHand, "provenDomain" | "now">,
): Promise<Memory | undefined> {
  if (isJunk || provenDomain === undefined) return undefined
  const memory = memoryOf(vaults, account, "overrun", [holderOf(provenDomain)], now + dayMs)
  const times = await filters.memory.times(account, "overrun", memory.hash)
  return times >= filterTraffic.overrunsOfOneSender ? undefined : memory
}

/**
 * Whose domain it is, without a list of public suffixes: domains with the same last two labels count as one, since who has a
 * domain has all below it. Where others' domains lie under two labels they share what counts, and a filter runs longer.
 */
function holderOf(domain: string): string {
  return domain.toLowerCase().split(".").slice(-2).join(".")
}
