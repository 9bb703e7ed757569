import type { AccountId } from "../store/index.ts"
import type { SealKey, Vaults } from "../vaults/index.ts"

/** What is sealed to an account now is sealed under this. Made in a transaction of its own where there is none. */
export async function todaysKey({
  vaults,
  account,
}: {
  readonly vaults: Pick<Vaults, "sealKeys">
  readonly account: AccountId
}): Promise<SealKey> {
  const key = (await vaults.sealKeys([account])).get(account)
  if (key === undefined) throw new Error("an account without a seal key")
  return key
}
