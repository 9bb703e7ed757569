/**
 * Moving wraps under the current epoch. A wrap that does not open is left where it is and counted: one altered
 * row must not keep all others under an old epoch.
 */
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import { openUnder, sealUnder } from "./aead.ts"
import { currentEpoch } from "./current-epoch.ts"
import type { EpochName, Keyring } from "./keyring.ts"
import { VaultError } from "./vault-error.ts"
import { type HolderKind, outerBound } from "./wraps.ts"

/** Wraps looked at in one transaction. */
const BATCH = 500

interface OldWrap {
  readonly account_id: AccountId
  readonly generation: number
  readonly holder_kind: HolderKind
  readonly holder_id: number
  readonly epoch: number
  readonly data: Buffer
}

export interface Rewrapped {
  readonly rewrapped: number
  readonly stuck: number
}

interface Rewrap {
  readonly store: Store
  readonly keyring: Keyring
  readonly chance: Chance
}

/** Goes once through all wraps of older epochs, in small transactions. */
export async function rewrapAll({ store, keyring, chance }: Rewrap): Promise<Rewrapped> {
  let rewrapped = 0
  let stuck = 0
  let last: OldWrap | undefined
  for (;;) {
    const rows = await store.transaction(async tx => {
      const current = await currentEpoch(tx)
      const batch = await nextBatch(tx, current.epoch, last)
      for (const row of batch) {
        if (await move(tx, keyring, chance, row, current)) rewrapped += 1
        else stuck += 1
      }
      return batch
    })
    last = rows.at(-1)
    if (last === undefined) return { rewrapped, stuck }
  }
}

async function nextBatch(tx: Tx, epoch: number, last: OldWrap | undefined): Promise<readonly OldWrap[]> {
  return await tx<OldWrap[]>`
    select account_id, generation, holder_kind, holder_id, epoch, data from wrap
    where epoch < ${epoch} and (account_id, generation, holder_kind, holder_id) >
      (${last?.account_id ?? 0}, ${last?.generation ?? 0}, ${last?.holder_kind ?? ""}, ${last?.holder_id ?? 0})
    order by account_id, generation, holder_kind, holder_id limit ${BATCH} for update skip locked`
}

async function move(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  row: OldWrap,
  { epoch, key_mac }: EpochName,
): Promise<boolean> {
  const holder = { kind: row.holder_kind, id: row.holder_id }
  let inner: Buffer
  try {
    const oldKey = await keyring.epochKey(row.epoch)
    inner = openUnder(oldKey, outerBound(row.account_id, row.generation, holder, row.epoch), row.data)
  } catch (error) {
    if (error instanceof VaultError) return false
    throw error
  }
  const epochKey = await keyring.epochKey(epoch, key_mac)
  const data = sealUnder(epochKey, outerBound(row.account_id, row.generation, holder, epoch), inner, chance)
  await tx`update wrap set epoch = ${epoch}, data = ${data}
    where account_id = ${row.account_id} and generation = ${row.generation}
      and holder_kind = ${row.holder_kind} and holder_id = ${row.holder_id}`
  return true
}
