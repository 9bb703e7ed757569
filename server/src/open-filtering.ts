/** Wires what people's filters need: their scripts, what they may do, and how their owners hear of a fault. */
import type { Ground } from "./build-house.ts"
import { createMailFilters, createNotify, createTellFault, type Filtering } from "./flow/index.ts"
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

/** RFC 5321 §4.5.4.1: four or five days. */
const retryMs = 5 * 24 * 60 * 60 * 1000

/** What would wait in the queue for ever: nothing takes mail from there yet. */
const notBuiltYet = ["redirect", "vacation", "reject", "ereject"]

export async function openFiltering(
  ground: Ground,
  house: Parts,
): Promise<{ readonly filters: Filters; readonly filtering: Filtering }> {
  const { clock, closing } = ground
  const { store, vaults } = house
  const addressOf = (account: AccountId) => primaryAddress(store, account)
  const notify = createNotify({ ...ground, ...house, addressOf })
  const notices = new Set<Promise<void>>()
  closing.add(() => Promise.all(notices))
  const filters = await openFilters({
    ...ground,
    ...house,
    notBuiltYet,
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
  const mailFilters = createMailFilters({
    ...parts,
    placing: createPlacing({ store, vaults, clock }),
    addressesOf: account => ownAddresses(store, account),
    retryMs,
  })
  return { filters, filtering: { filters: mailFilters, tellFault: tellFault.tell } }
}
