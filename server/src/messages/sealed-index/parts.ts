import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { AccountId, Store, Tx } from "../../store/index.ts"
import type { VaultSession, Vaults } from "../../vaults/index.ts"
import type { IndexLimits } from "./limits.ts"
import type { MergeWorker } from "./merge-worker.ts"

/** What the index needs of the house. */
export interface IndexParts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "sealKeys" | "makeSegmentKey" | "keepSegmentKey" | "dropSegmentKeys">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly limits: IndexLimits
  readonly worker: MergeWorker
}

/** Whose index it is, in which live session. */
export type SessionParts = IndexParts & { readonly session: VaultSession }

/**
 * Takes the lease on an account's index until the transaction ends; false: another node, or another task, has it. All
 * that changes segments holds it.
 */
export async function takeLease(tx: Tx, account: AccountId): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${`letterkeep index ${account}`}, 0)) as taken`
  return row?.taken === true
}

/** Waits until nobody changes the segments, and keeps it so until the transaction ends. */
export async function holdStill(tx: Tx, account: AccountId): Promise<void> {
  await tx`select pg_advisory_xact_lock_shared(hashtextextended(${`letterkeep index ${account}`}, 0))`
}

/** Says to all readers that the list of segments is another one now. */
export async function countUp(tx: Tx, account: AccountId): Promise<void> {
  await tx`insert into idx_list (account_id, version) values (${account}, 1)
    on conflict (account_id) do update set version = idx_list.version + 1`
}
