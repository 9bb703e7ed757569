/**
 * Mail filters: the scripts of an account (RFC 5228), sealed to the server, which runs one of them on what comes, and what
 * they remember. Owns the tables filter_script and filter_memory. What a script asks for is done by `flow`.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Privacy } from "../../privacy/index.ts"
import { afterCommit, type Store } from "../../store/index.ts"
import type { OnNotice } from "../notice.ts"
import { type ActiveFilters, FILTERS_CHANNEL, openActiveFilters } from "./active-filters.ts"
import { createFilterMemory, type FilterMemory } from "./filter-memory.ts"
import type { FilterVaults } from "./filter-rows.ts"
import type { KeptFilterLimits } from "./kept-filters.ts"
import { createOwnFilters, type OwnFilters } from "./own-filters.ts"

export type { FilterMemory, Memory, MemoryKind } from "./filter-memory.ts"
export { checkFilter } from "./filter-text.ts"
export type { ActiveFilter } from "./kept-filters.ts"
export {
  type ChangedFilter,
  type FilterFacts,
  type OwnFilters,
  type SetFilter,
  whyStopped,
} from "./own-filters.ts"

export interface Filters {
  readonly own: OwnFilters
  readonly active: Pick<ActiveFilters, "kept" | "find">
  readonly memory: FilterMemory
  close(): Promise<void>
}

export interface FiltersOptions {
  readonly store: Store
  readonly vaults: FilterVaults
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly onNotice: OnNotice
  readonly limits?: KeptFilterLimits
}

export async function openFilters(options: FiltersOptions): Promise<Filters> {
  const { store } = options
  const active = await openActiveFilters(options)
  const memory = createFilterMemory(options)
  const own = createOwnFilters({
    ...options,
    memory,
    changed: async (tx, account) => {
      await store.notify(tx, FILTERS_CHANNEL, String(account))
      afterCommit(tx, () => active.forget(account))
    },
  })
  return { own, active, memory, close: active.close }
}
