import type { TestContext } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { manualTimer } from "../../ports/timer.ts"
import { atEnd } from "../../store/at-end.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Holder, VaultSession } from "../../vaults/index.ts"
import { makeAccount, makeHolder, openTestVaults, type TestVaults } from "../../vaults/open-test-vaults.ts"
import type { LedgerEvent } from "./contract.ts"
import { createLedger, type HouseLedger } from "./index.ts"

export const access = {
  kind: "staff-access",
  command: "account show",
  reason: "asked for by phone",
  by: "Rita",
  categories: ["user.contact.email"],
} as const satisfies LedgerEvent
export const told = {
  kind: "disclosure",
  purpose: "mail.screen",
  recipient: "dns",
  categories: ["user.communications.domain"],
  count: 100,
} as const satisfies LedgerEvent

export interface TestLedger extends TestVaults {
  readonly ledger: HouseLedger
  readonly timer: ReturnType<typeof manualTimer>
  /** What another node would open on the same database. */
  node(): Promise<HouseLedger>
  makePerson(): Promise<{ readonly account: AccountId; readonly holder: Holder }>
  signIn(account: AccountId, holder: Holder): Promise<VaultSession>
}

/** A ledger over a real database, with nobody in it; time passes by hand. */
export async function openTestLedger(t: TestContext): Promise<TestLedger> {
  const house = await openTestVaults(t)
  const timer = manualTimer()
  const node = async (): Promise<HouseLedger> => {
    const ledger = await createLedger({ ...house, timer, chance: systemChance })
    atEnd(t, () => ledger.close())
    return ledger
  }
  return {
    ...house,
    ledger: await node(),
    timer,
    node,
    async makePerson() {
      const holder = makeHolder()
      return { account: await makeAccount(house, holder), holder }
    },
    async signIn(account, holder) {
      return house.vaults.openSession(account, await house.vaults.openWraps(account, holder))
    },
  }
}
