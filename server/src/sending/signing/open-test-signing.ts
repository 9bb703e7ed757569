import type { TestContext } from "node:test"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import { createDomainKeys } from "./domain-keys.ts"
import { openSigning } from "./signing.ts"

/** Keys and signing over a real database with the domains a.test and b.test, and a clock that stands still. */
export async function openTestSigning(t: TestContext) {
  const house = await openTestVaults(t)
  const { store } = house
  await store.transaction(async tx => {
    const [org] = await tx<{ org_id: number }[]>`insert into org (name) values ('A') returning org_id`
    for (const domain of ["a.test", "b.test"])
      await tx`insert into domain (org_id, domain) values (${org?.org_id ?? 0}, ${domain})`
  })
  const keys = createDomainKeys(house)
  const signing = await openSigning(house)
  t.after(() => signing.close())
  return { ...house, keys, signing }
}
