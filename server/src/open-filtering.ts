/** Wires what people's filters need: their scripts, what they may do, and how their owners hear of a fault. */
import type { Ground } from "./build-house.ts"
import {
  createMailFilters,
  createNotify,
  createReturnPaths,
  createTellFault,
  type Filtering,
} from "./flow/index.ts"
import { createPlacing, type Keep, type Quotas } from "./messages/index.ts"
import { type Filters, openFilters } from "./people/filters/index.ts"
import { ownAddresses, type People, primaryAddress } from "./people/index.ts"
import type { Privacy } from "./privacy/index.ts"
import type { Queue } from "./sending/index.ts"
import type { AccountId, Store } from "./store/index.ts"
import type { Vaults } from "./vaults/index.ts"

interface Parts {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Privacy
  readonly people: People
  readonly quotas: Quotas
  readonly keep: Keep
  readonly queue: Pick<Queue, "prepare" | "notifyDue">
}

export async function openFiltering(
  ground: Ground,
  house: Parts,
): Promise<{ readonly filters: Filters; readonly filtering: Filtering }> {
  const { configuration, clock, closing } = ground
  const { store, vaults } = house
  const addressOf = (account: AccountId) => primaryAddress(store, account)
  const notify = createNotify({ ...ground, ...house, addressOf })
  const notices = new Set<Promise<void>>()
  closing.add(() => Promise.all(notices))
  const filters = await openFilters({
    ...ground,
    ...house,
    onNotice(account, notice) {
      const told = notify(account, notice)
      notices.add(told)
      void told.finally(() => notices.delete(told))
    },
  })
  closing.add(() => filters.close())
  const parts = { ...ground, ...house, filters }
  const tellFault = createTellFault({ ...parts, addressOf })
  closing.add(() => tellFault.idle())
  const flowParts = {
    ...parts,
    placing: createPlacing({ store, vaults, clock }),
    addressesOf: (account: AccountId) => ownAddresses(store, account),
    retryMs: configuration.sending.retryFor,
  }
  const filtering: Filtering = {
    filters: createMailFilters(flowParts),
    tellFault: tellFault.tell,
    returns: createReturnPaths(flowParts),
  }
  return { filters, filtering }
}
