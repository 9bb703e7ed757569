/**
 * Today's seal keys of this process: one AES-256-GCM key for each account that gets mail, made at the first
 * use of the (UTC) day, sealed to the account's vault and stored once. Whoever has the database and the key
 * file opens nothing with what is stored; today's keys in memory open today's mail, and leave it with the day.
 *
 * Invariants. A key is stored, durably, before it is handed out. A key never serves two days, two processes or
 * two generations. No more than 2^20 objects are sealed under one.
 */
import type { KeyObject } from "node:crypto"
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import { AES_KEY_BYTES, keepKey } from "./aead.ts"
import type { Keyring } from "./keyring.ts"
import { SEAL_KEY_USES, type SealKey } from "./seal.ts"
import { sealToKey } from "./sealed-to-vault.ts"
import { publicKeys } from "./vault-keys.ts"

/** Keys kept in memory. One that is pushed out is replaced by a new one at the next use. */
const MAX_KEPT = 50_000
/** A key is not handed out again when fewer uses are left: a batch must not wear it out half-way. */
const USES_FOR_A_BATCH = 2 ** 14
const DAY_MS = 24 * 60 * 60 * 1000
const MAX_TRIES = 4
/** Five parameters for each: a statement of Postgres takes 65,535. */
const MAX_ACCOUNTS = 10_000

export interface SealKeys {
  /** Today's keys; an account that is gone is not in the answer. */
  take(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, SealKey>>
  /** Drops the keys when their day is over. */
  dropEnded(): void
  /** The account has a new generation: its key is not used again. */
  forget(account: AccountId): void
  forgetAll(): void
  readonly kept: number
}

export interface SealKeysOptions {
  readonly store: Store
  readonly keyring: Keyring
  readonly clock: Clock
  readonly chance: Chance
}

export function createSealKeys(options: SealKeysOptions): SealKeys {
  const { store, clock } = options
  const kept = createBoundedMap<AccountId, SealKey>(MAX_KEPT)
  let day = dayOf(clock)
  /** Counts forgettings: a key made while one happened may be of an old generation. */
  let forgettings = 0
  let making: Promise<unknown> = Promise.resolve()
  let next:
    | { readonly accounts: Set<AccountId>; readonly made: Promise<ReadonlyMap<AccountId, SealKey>> }
    | undefined

  function dropEnded(): void {
    const today = dayOf(clock)
    if (today === day) return
    day = today
    forgettings += 1
    kept.clear()
  }

  function fresh(account: AccountId): SealKey | undefined {
    const key = kept.get(account)
    return key !== undefined && key.uses <= SEAL_KEY_USES - USES_FOR_A_BATCH ? key : undefined
  }

  function split(accounts: readonly AccountId[]) {
    const ready = new Map<AccountId, SealKey>()
    const missing: AccountId[] = []
    for (const account of accounts) {
      const key = fresh(account)
      if (key === undefined) missing.push(account)
      else ready.set(account, key)
    }
    return { ready, missing }
  }

  async function makeMissing(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, SealKey>> {
    for (let attempt = 1; ; attempt++) {
      dropEnded()
      const { ready, missing } = split(accounts)
      if (missing.length === 0) return ready
      const before = forgettings
      const made = await store.transaction(tx => makeKeys(tx, options, missing))
      dropEnded()
      if (forgettings !== before && attempt < MAX_TRIES) continue
      for (const [account, key] of made) {
        if (forgettings === before) kept.set(account, key)
        ready.set(account, key)
      }
      return ready
    }
  }

  /** Those who come while keys are being made get theirs together, in the next transaction. */
  function joinNext(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, SealKey>> {
    if (next === undefined || next.accounts.size + accounts.length > MAX_ACCOUNTS) {
      const batch: { accounts: Set<AccountId>; made: Promise<ReadonlyMap<AccountId, SealKey>> } = {
        accounts: new Set(),
        // One maker at a time: two would make two keys for one account.
        made: making.then(() => {
          if (next === batch) next = undefined
          return makeMissing([...batch.accounts])
        }),
      }
      making = batch.made.catch(() => undefined)
      next = batch
    }
    for (const account of accounts) next.accounts.add(account)
    return next.made
  }

  return {
    async take(accounts) {
      if (accounts.length > MAX_ACCOUNTS) throw new RangeError(`at most ${MAX_ACCOUNTS} accounts at once`)
      dropEnded()
      const { ready, missing } = split(accounts)
      if (missing.length === 0) return ready
      const mine = [...new Set(accounts)]
      // A batch fails for one account whose key was tampered with: the others must not suffer for it.
      const made = await joinNext(mine).catch(async () => {
        const alone = making.then(() => makeMissing(mine))
        making = alone.catch(() => undefined)
        return await alone
      })
      return new Map(
        mine.flatMap(account => {
          const key = made.get(account)
          return key === undefined ? [] : [[account, key] as const]
        }),
      )
    },
    dropEnded,
    forget(account) {
      forgettings += 1
      kept.delete(account)
    },
    forgetAll() {
      forgettings += 1
      kept.clear()
    },
    get kept() {
      return kept.size
    },
  }
}

function dayOf(clock: Clock): number {
  return Math.floor(clock.now() / DAY_MS)
}

async function makeKeys(
  tx: Tx,
  { keyring, chance, clock }: SealKeysOptions,
  accounts: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, SealKey>> {
  // A new generation waits for this lock, and this statement for a new generation in the making: the next
  // statement then sees it.
  await tx`select account_id from account where account_id = any(${[...accounts]}::bigint[])
    order by account_id for key share`
  const recipients = await publicKeys(tx, keyring, accounts)
  const made = new Map<AccountId, SealKey>()
  const rows: {
    account_id: AccountId
    seal_key_id: number
    generation: number
    sealed: Buffer
    created_at: Date
  }[] = []
  for (const [account, { generation, key: recipient }] of recipients) {
    const id = newId(chance)
    const raw = chance.bytes(AES_KEY_BYTES)
    const place = { purpose: "seal-key", account, generation, id } as const
    const sealed = sealToKey(keyring, chance, recipient, place, raw)
    const key: KeyObject = keepKey(raw)
    made.set(account, { id, key, uses: 0 })
    rows.push({ account_id: account, seal_key_id: id, generation, sealed, created_at: new Date(clock.now()) })
  }
  if (rows.length > 0) await tx`insert into seal_key ${tx(rows)}`
  return made
}

/**
 * Random, below 2^53: any node may make one without asking. Two equal ids in one account are refused by the
 * table's key, and the caller tries again; with a million keys the odds are one in 18,000.
 */
function newId(chance: Chance): number {
  return chance.bytes(6).readUIntBE(0, 6) * 32 + (chance.bytes(1).readUInt8(0) & 31) + 1
}
