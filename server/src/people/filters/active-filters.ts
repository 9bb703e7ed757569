/** Which filter runs on what comes for an account. Asked for every message, so answers are kept; every change is heard. */
import type { Log } from "../../ports/log.ts"
import { filterText } from "../../privacy/index.ts"
import { type AccountId, asId } from "../../store/ids.ts"
import type { Store } from "../../store/index.ts"
import { activeRows, type FilterRow, type FilterVaults, isOurs, openPart } from "./filter-rows.ts"
import { checkFilter } from "./filter-text.ts"
import { type ActiveFilter, createKeptFilters, type KeptFilterLimits } from "./kept-filters.ts"

export type ActiveOf = ReadonlyMap<AccountId, ActiveFilter>

export interface ActiveFilters {
  /** Of these accounts those that have one; undefined where somebody has to be asked. */
  kept(accounts: readonly AccountId[]): ActiveOf | undefined
  find(accounts: readonly AccountId[]): Promise<ActiveOf>
  /** What is kept may be old: after a change made by this process. */
  forget(account: AccountId): void
  close(): Promise<void>
}

export const FILTERS_CHANNEL = "people_filters"

interface Parts {
  readonly store: Pick<Store, "sql" | "listen">
  readonly vaults: FilterVaults
  readonly log: Log
  readonly limits?: KeptFilterLimits
}

export async function openActiveFilters({ store, vaults, log, limits }: Parts): Promise<ActiveFilters> {
  const known = createKeptFilters(limits)
  // An answer that was on its way while something changed is not kept.
  let changes = 0
  const forget = (account: AccountId): void => {
    changes += 1
    known.forget(account)
  }
  const stop = await store.listen(
    FILTERS_CHANNEL,
    account => forget(asId<AccountId>(Number(account))),
    () => {
      changes += 1
      known.clear()
    },
  )

  /** A row that is not ours runs nothing: the mail is kept as without a filter. */
  function filterIn(
    row: FilterRow | undefined,
    account: AccountId,
  ): { filter: ActiveFilter; length: number } | undefined {
    if (row === undefined) return undefined
    if (!isOurs(vaults, row)) {
      log.event("people.filter-not-ours", { account })
      return undefined
    }
    const text = openPart(vaults, row, "script")
    const checked = checkFilter(text)
    const filter: ActiveFilter =
      checked.kind === "right"
        ? {
            kind: "ready",
            script: filterText(checked.script, account),
            commands: checked.commands,
            asksForDuplicates: checked.script.capabilities.has("duplicate"),
          }
        : { kind: "faulty", fault: checked.faults[0] }
    return { filter, length: text.length }
  }

  return {
    forget,
    kept(accounts) {
      const found = new Map<AccountId, ActiveFilter>()
      for (const account of accounts) {
        const one = known.get(account)
        if (one === undefined) return undefined
        if (one !== "none") found.set(account, one)
      }
      return found
    },
    async find(accounts) {
      const found = new Map<AccountId, ActiveFilter>()
      const unknown: AccountId[] = []
      for (const account of accounts) {
        const one = known.get(account)
        if (one === undefined) unknown.push(account)
        else if (one !== "none") found.set(account, one)
      }
      if (unknown.length === 0) return found
      const before = changes
      const rows = new Map((await activeRows(store.sql, unknown)).map(row => [row.account_id, row]))
      for (const account of unknown) {
        const one = filterIn(rows.get(account), account)
        if (one !== undefined) found.set(account, one.filter)
        if (before !== changes) continue
        if (one === undefined) known.setNone(account)
        else known.set(account, one.filter, one.length)
      }
      return found
    },
    close: stop,
  }
}
