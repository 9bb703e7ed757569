/**
 * Epoch keys: the outermost layer of every wrap. A new one comes each week, wraps are moved under it, and an
 * old one dies 14 days after it was superseded: wraps in older backups then open for nobody.
 *
 * Invariants. One epoch is current (`superseded_at is null`). Wraps are written under the current epoch only,
 * with its row locked against change, so no wrap appears under an epoch that was superseded. A key is in the
 * file before the database names its epoch, and the database holds its MAC: a node whose file lacks the current
 * epoch, or has another key for one, turns nothing. An epoch ends only when no wrap, segment key or queue key uses it, and by the key file's own
 * record it was superseded 14 days ago, whatever the database says.
 */
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import type { Store } from "../store/index.ts"
import { EPOCH_GRACE_MS, EPOCH_LIFE_MS } from "./epoch-ages.ts"
import { findUnfit, type Unfit, unfitError } from "./fit-key-file.ts"
import type { Keyring } from "./keyring.ts"
import { rewrapQueueKeys } from "./queue-keys.ts"
import { type Rewrapped, rewrapAll } from "./rewrap.ts"
import { rewrapSegmentKeys } from "./segment-keys.ts"

/** Advisory lock of everything that writes the key file. */
export const EPOCH_LOCK = 7_301_001
/** Channel on which nodes hear that epochs changed. */
export const EPOCH_CHANNEL = "vaults_epoch"

export interface EpochWork {
  /** The epoch that became current in this run. */
  readonly turnedTo: number | undefined
  /** Wraps, and keys of index segments and of the queue, moved under the current epoch. */
  readonly rewrapped: number
  /** Those that did not open: altered, moved, or restored from before an epoch's end. They keep their row. */
  readonly stuck: number
  readonly ended: readonly number[]
}

export interface EpochKeeper {
  readonly store: Store
  readonly keyring: Keyring
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
}

/**
 * Safe to call at any time and on several nodes at once; a crash at any point is made good by the next run. Rejects
 * with a KeyFileError, and changes nothing, on a node whose key file is not the one that all share.
 */
export async function rotateEpochIfDue(keeper: EpochKeeper): Promise<EpochWork> {
  const turned = await turn(keeper)
  if (turned.unfit !== undefined) {
    keeper.log.event("vaults.key-file-unfit", turned.unfit)
    throw unfitError(keeper.keyring.path, turned.unfit)
  }
  const { to: turnedTo } = turned
  const all = [await rewrapAll(keeper), await rewrapSegmentKeys(keeper), await rewrapQueueKeys(keeper)]
  const { rewrapped, stuck } = sum(all)
  if (stuck > 0) keeper.log.event("vaults.wraps-stuck", { wraps: stuck })
  if (turnedTo !== undefined) keeper.log.event("vaults.epoch-turned", { epoch: turnedTo, wraps: rewrapped })
  const ended = await endOld(keeper)
  for (const epoch of ended) keeper.log.event("vaults.epoch-ended", { epoch })
  await forgetEnded(keeper)
  return { turnedTo, rewrapped, stuck, ended }
}

function sum(all: readonly Rewrapped[]): Rewrapped {
  return {
    rewrapped: all.reduce((total, each) => total + each.rewrapped, 0),
    stuck: all.reduce((total, each) => total + each.stuck, 0),
  }
}

interface Turned {
  readonly to?: number
  readonly unfit?: Unfit
}

async function turn({ store, keyring, clock }: EpochKeeper): Promise<Turned> {
  return await store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${EPOCH_LOCK})`
    const unfit = await findUnfit(tx, keyring)
    if (unfit !== undefined) return { unfit }
    const now = clock.now()
    const [current] = await tx<{ epoch: number; created_at: Date }[]>`
      select epoch, created_at from key_epoch where superseded_at is null order by epoch desc limit 1`
    if (current !== undefined && now - current.created_at.getTime() < EPOCH_LIFE_MS) return {}
    const next = (current?.epoch ?? 0) + 1
    const mac = await keyring.addEpoch(next, now)
    await tx`update key_epoch set superseded_at = ${new Date(now)} where superseded_at is null`
    await tx`insert into key_epoch (epoch, key_mac, created_at) values (${next}, ${mac}, ${new Date(now)})`
    await store.notify(tx, EPOCH_CHANNEL, String(next))
    return { to: next }
  })
}

async function endOld({ store, clock }: EpochKeeper): Promise<readonly number[]> {
  return await store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${EPOCH_LOCK})`
    const now = clock.now()
    const ended = await tx<{ epoch: number }[]>`
      update key_epoch set ended_at = ${new Date(now)}
      where ended_at is null and superseded_at <= ${new Date(now - EPOCH_GRACE_MS)}
        and not exists (select 1 from wrap where wrap.epoch = key_epoch.epoch)
        and not exists (select 1 from segment_key where segment_key.epoch = key_epoch.epoch)
        and not exists (select 1 from queue_key where queue_key.epoch = key_epoch.epoch)
      returning epoch`
    if (ended.length > 0) await store.notify(tx, EPOCH_CHANNEL, "ended")
    return ended.map(row => row.epoch)
  })
}

/**
 * Takes the keys of ended epochs out of this node's key file and memory. What the database says to have ended too soon
 * is kept, and said: somebody else wrote there.
 */
export async function forgetEnded({ store, keyring, clock, log }: EpochKeeper): Promise<void> {
  const kept = await store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${EPOCH_LOCK})`
    const ended = await tx<{ epoch: number; is_used: boolean }[]>`
      select epoch, exists (select 1 from wrap where wrap.epoch = key_epoch.epoch)
        or exists (select 1 from segment_key where segment_key.epoch = key_epoch.epoch)
        or exists (select 1 from queue_key where queue_key.epoch = key_epoch.epoch) as is_used
      from key_epoch where ended_at is not null`
    const epochs = (isUsed: boolean) => ended.filter(row => row.is_used === isUsed).map(row => row.epoch)
    const tooSoon = await keyring.endEpochs(epochs(false), clock.now())
    return [...tooSoon, ...epochs(true).filter(epoch => keyring.epochMac(epoch) !== undefined)]
  })
  for (const epoch of kept) log.event("vaults.epoch-kept", { epoch })
}
