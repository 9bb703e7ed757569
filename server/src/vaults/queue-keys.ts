/**
 * Queue keys: what mail on its way out is sealed under. AES-256-GCM, random, one for each process and (UTC) day, stored
 *
 *     data = AEAD(HKDF(epoch key, "queue"), bound to id and epoch, key)
 *
 * so that every node opens what another has queued, while nobody is signed in, and an old backup opens for nobody once
 * its epoch has died. A turn of the epoch moves them along; one that no mail needs is dropped.
 *
 * Invariants. A key is stored, durably, before it is handed out. It seals on one day and in one process, no more than
 * 2^20 things.
 */
import { hkdfSync, type KeyObject } from "node:crypto"
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Sql, Store, Tx } from "../store/index.ts"
import { AES_KEY_BYTES, keepKey, openUnder, sealUnder } from "./aead.ts"
import { binding } from "./binding.ts"
import { currentEpoch } from "./current-epoch.ts"
import type { EpochName, Keyring } from "./keyring.ts"
import type { Rewrapped } from "./rewrap.ts"
import { SEAL_KEY_USES, type SealKey } from "./seal.ts"
import { VaultError } from "./vault-error.ts"

/** A day's key of this process, for mail of all accounts. */
export type QueueKey = SealKey

const DAY_MS = 24 * 60 * 60 * 1000
/** A key is not handed out again when fewer uses are left: a message must not wear it out half-way. */
const USES_FOR_A_MESSAGE = 2 ** 14
/** Keys kept open: one for each process and day whose mail still waits. */
const MAX_OPEN = 512
/** A key that was handed out may still be on its way into the database with its first mail. */
const SPARED_MS = 2 * DAY_MS
/** Old keys looked at in one go; the next comes with the next day's run. */
const MAX_OLD = 10_000

export interface QueueKeys {
  today(): Promise<QueueKey>
  open(id: number): Promise<KeyObject>
  /** Forgets what it holds when the day is over: what mail still needs is opened again. */
  dropEnded(): void
  forgetAll(): void
}

interface Parts {
  readonly store: Store
  readonly keyring: Keyring
  readonly clock: Clock
  readonly chance: Chance
}

interface StoredKey {
  readonly queue_key_id: number
  readonly epoch: number
  readonly data: Buffer
}

export function createQueueKeys({ store, keyring, clock, chance }: Parts): QueueKeys {
  const opened = createBoundedMap<number, KeyObject>(MAX_OPEN)
  let current: { readonly day: number; readonly key: QueueKey } | undefined
  let making: Promise<QueueKey> | undefined
  let openedOn = dayOf(clock)

  function dropEnded(): void {
    const day = dayOf(clock)
    if (current !== undefined && current.day !== day) current = undefined
    if (openedOn === day) return
    openedOn = day
    opened.clear()
  }

  function fresh(): QueueKey | undefined {
    const key = current?.key
    return key !== undefined && key.uses <= SEAL_KEY_USES - USES_FOR_A_MESSAGE ? key : undefined
  }

  async function make(): Promise<QueueKey> {
    const now = clock.now()
    const id = chance.bytes(6).readUIntBE(0, 6) * 32 + (chance.bytes(1).readUInt8(0) & 31) + 1
    const key = await store.transaction(async tx => {
      const epoch = await currentEpoch(tx)
      const raw = chance.bytes(AES_KEY_BYTES)
      const data = await wrap({ keyring, chance }, id, epoch, raw)
      await tx`insert into queue_key (queue_key_id, epoch, made_at, data)
        values (${id}, ${epoch.epoch}, ${new Date(now)}, ${data})`
      return keepKey(raw)
    })
    const made: QueueKey = { id, key, uses: 0 }
    current = { day: Math.floor(now / DAY_MS), key: made }
    return made
  }

  return {
    async today() {
      for (;;) {
        dropEnded()
        const known = fresh()
        if (known !== undefined) return known
        // One maker at a time: who comes meanwhile gets the same key.
        making ??= make().finally(() => {
          making = undefined
        })
        await making
      }
    },
    async open(id) {
      dropEnded()
      if (current?.key.id === id) return current.key.key
      const known = opened.get(id)
      if (known !== undefined) return known
      const [row] = await store.sql<(StoredKey & EpochName)[]>`
        select queue_key_id, epoch, key_mac, data from queue_key join key_epoch using (epoch)
        where queue_key_id = ${id}`
      if (row === undefined) throw new VaultError("no-such-queue-key", `there is no queue key ${id}`)
      const key = keepKey(await unwrap(keyring, row))
      opened.set(id, key)
      return key
    },
    dropEnded,
    forgetAll() {
      current = undefined
      opened.clear()
    },
  }
}

/** Those whose day is long over, oldest first: no mail that is written now can still name one for the first time. */
export async function oldQueueKeys(db: Sql | Tx, clock: Clock): Promise<readonly number[]> {
  const before = new Date(clock.now() - SPARED_MS)
  const rows = await db<{ queue_key_id: number }[]>`
    select queue_key_id from queue_key where made_at < ${before} order by made_at limit ${MAX_OLD}`
  return rows.map(row => row.queue_key_id)
}

/** What was sealed under these opens for nobody any more. */
export async function dropQueueKeys(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx`delete from queue_key where queue_key_id = any(${[...ids]}::bigint[])`
}

/** Rows looked at in one transaction. */
const BATCH = 500

/** Goes once through all queue keys of older epochs, as `rewrapAll` does through the wraps. */
export async function rewrapQueueKeys({ store, keyring, chance }: Omit<Parts, "clock">): Promise<Rewrapped> {
  let rewrapped = 0
  let stuck = 0
  let last: StoredKey | undefined
  for (;;) {
    const rows = await store.transaction(async tx => {
      const current = await currentEpoch(tx)
      const batch = await tx<StoredKey[]>`
        select queue_key_id, epoch, data from queue_key
        where epoch < ${current.epoch} and queue_key_id > ${last?.queue_key_id ?? 0}
        order by queue_key_id limit ${BATCH} for update skip locked`
      for (const row of batch) {
        if (await move(tx, { keyring, chance }, row, current)) rewrapped += 1
        else stuck += 1
      }
      return batch
    })
    last = rows.at(-1)
    if (last === undefined) return { rewrapped, stuck }
  }
}

type Sealing = Pick<Parts, "keyring" | "chance">

async function move(tx: Tx, sealing: Sealing, row: StoredKey, current: EpochName): Promise<boolean> {
  let raw: Buffer
  try {
    raw = await unwrap(sealing.keyring, row)
  } catch (error) {
    if (error instanceof VaultError) return false
    throw error
  }
  const data = await wrap(sealing, row.queue_key_id, current, raw)
  raw.fill(0)
  await tx`update queue_key set epoch = ${current.epoch}, data = ${data}
    where queue_key_id = ${row.queue_key_id}`
  return true
}

async function wrap({ keyring, chance }: Sealing, id: number, name: EpochName, raw: Buffer): Promise<Buffer> {
  const epochKey = await keyring.epochKey(name.epoch, name.key_mac)
  return sealUnder(subkeyOf(epochKey), boundTo(id, name.epoch), raw, chance)
}

async function unwrap(
  keyring: Keyring,
  { queue_key_id, epoch, key_mac, data }: StoredKey & { readonly key_mac?: Uint8Array },
): Promise<Buffer> {
  return openUnder(subkeyOf(await keyring.epochKey(epoch, key_mac)), boundTo(queue_key_id, epoch), data)
}

/** Of its own, so that what lies under an epoch for the server is never taken for what lies there for a person. */
function subkeyOf(epochKey: KeyObject): KeyObject {
  return keepKey(
    Buffer.from(hkdfSync("sha256", epochKey, "", "letterkeep epoch subkey 1 queue", AES_KEY_BYTES)),
  )
}

function boundTo(id: number, epoch: number): Buffer {
  return binding("letterkeep queue key 1", id, epoch)
}

function dayOf(clock: Clock): number {
  return Math.floor(clock.now() / DAY_MS)
}
