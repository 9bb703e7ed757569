/** Keyed hashes for what an account's filters remember, and rows for what is only counted. */
import type { Filters, Memory, MemoryKind } from "../../people/filters/index.ts"
import type { Chance } from "../../ports/chance.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Vaults } from "../../vaults/index.ts"

/** Octets of a row. */
export const memoryBytes = 64

export function memoryOf(
  vaults: Pick<Vaults, "keyedHash">,
  account: AccountId,
  kind: MemoryKind,
  values: readonly (string | undefined)[],
  until: number,
): Memory {
  const text = JSON.stringify([kind, ...values.map(value => value ?? null)])
  return { account, kind, hash: vaults.keyedHash(account, "filter-memory", text), until }
}

/** Something that counts for a while, and is not to be known again. */
export function countedOf(
  { chance }: { readonly chance: Chance },
  account: AccountId,
  kind: MemoryKind,
  until: number,
): Memory {
  return { account, kind, hash: chance.bytes(16), until }
}

export async function isRemembered(
  {
    filters,
    vaults,
  }: { readonly filters: Pick<Filters, "memory">; readonly vaults: Pick<Vaults, "keyedHash"> },
  account: AccountId,
  kind: MemoryKind,
  values: readonly (string | undefined)[],
): Promise<boolean> {
  return await filters.memory.knows(account, kind, memoryOf(vaults, account, kind, values, 0).hash)
}
