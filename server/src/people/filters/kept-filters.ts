/**
 * Which filter is at work for an account, in memory: checked and ready to run. Filters are bounded by the characters of
 * their texts together; that an account has none is kept apart, so that mail for the many without one asks nothing.
 */
import type { Fault, SieveScript } from "@letterkeep/sieve"
import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { FilterText } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"

export type ActiveFilter =
  | {
      readonly kind: "ready"
      readonly script: FilterText<SieveScript>
      /** Names of the commands that stand in it. */
      readonly commands: ReadonlySet<string>
      /** Has it the test for what came before (RFC 7352)? */
      readonly asksForDuplicates: boolean
    }
  /** It was right when it was set, and is not any more: this release reads it otherwise. */
  | { readonly kind: "faulty"; readonly fault: Fault | undefined }

export interface KeptFilterLimits {
  /** Accounts of which it is kept that they have none. */
  readonly without: number
  /** Characters of all texts whose scripts are kept; one costs some hundred octets in memory at worst. */
  readonly characters: number
}

export const keptFilterLimits: KeptFilterLimits = { without: 50_000, characters: 2_000_000 }

interface Weighed {
  readonly filter: ActiveFilter
  readonly characters: number
}

export function createKeptFilters(limits: KeptFilterLimits = keptFilterLimits) {
  const without = createBoundedMap<AccountId, true>(limits.without)
  // A Map keeps the order of insertion: its first key is the one used longest ago.
  const ready = new Map<AccountId, Weighed>()
  let characters = 0

  const drop = (account: AccountId): Weighed | undefined => {
    const known = ready.get(account)
    if (known === undefined) return undefined
    ready.delete(account)
    characters -= known.characters
    return known
  }
  const put = (account: AccountId, one: Weighed): void => {
    ready.set(account, one)
    characters += one.characters
  }

  return {
    get(account: AccountId): ActiveFilter | "none" | undefined {
      if (without.get(account)) return "none"
      const known = drop(account)
      if (known === undefined) return undefined
      put(account, known)
      return known.filter
    },
    setNone: (account: AccountId): void => without.set(account, true),
    set(account: AccountId, filter: ActiveFilter, length: number): void {
      drop(account)
      put(account, { filter, characters: length })
      for (const oldest of ready.keys()) {
        if (characters <= limits.characters) return
        drop(oldest)
      }
    },
    forget(account: AccountId): void {
      without.delete(account)
      drop(account)
    },
    clear(): void {
      without.clear()
      ready.clear()
      characters = 0
    },
  }
}
