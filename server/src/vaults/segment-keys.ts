/**
 * Segment keys: one random AES-256-GCM key for each segment of an account's index. Stored
 *
 *     data = AEAD(epoch key, bound, HPKE to the newest generation of the vault)
 *
 * so that it takes a live session to open, and dies in backups with its epoch. A segment without its key is noise:
 * deleting the row destroys the segment.
 */
import type { KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import { AES_KEY_BYTES, keepKey, openUnder, sealUnder } from "./aead.ts"
import { binding } from "./binding.ts"
import { currentEpoch } from "./current-epoch.ts"
import type { EpochName, Keyring } from "./keyring.ts"
import type { Rewrapped } from "./rewrap.ts"
import { sealToKey } from "./sealed-to-vault.ts"
import { VaultError } from "./vault-error.ts"
import { publicKeys } from "./vault-keys.ts"

/** A new segment's number and key. Seals each page of that one segment once. */
export interface SegmentKey {
  readonly id: number
  readonly key: KeyObject
}

export interface StoredSegmentKey {
  readonly segment_id: number
  readonly generation: number
  readonly epoch: number
  readonly key_mac: Buffer
  readonly data: Buffer
}

/** Random, below 2^53, as a seal key's: any node makes one without asking. */
export function makeSegmentKey(chance: Chance): SegmentKey {
  const id = chance.bytes(6).readUIntBE(0, 6) * 32 + (chance.bytes(1).readUInt8(0) & 31) + 1
  return { id, key: keepKey(chance.bytes(AES_KEY_BYTES)) }
}

/** Stores it, sealed to the account's newest generation, and resolves to that. */
export async function keepSegmentKey(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  account: AccountId,
  { id, key }: SegmentKey,
): Promise<number> {
  // A new generation waits for this lock: the key is not sealed to one that has just been left.
  await tx`select account_id from account where account_id = ${account} for key share`
  const recipient = (await publicKeys(tx, keyring, [account])).get(account)
  if (recipient === undefined) throw new VaultError("no-vault", "the account has no vault")
  const { generation } = recipient
  const raw = key.export()
  const place = { purpose: "segment-key", account, generation, id } as const
  const inner = sealToKey(keyring, chance, recipient.key, place, raw)
  raw.fill(0)
  const { epoch, key_mac } = await currentEpoch(tx)
  const epochKey = await keyring.epochKey(epoch, key_mac)
  const data = sealUnder(epochKey, outerBound(account, id, generation, epoch), inner, chance)
  await tx`insert into segment_key (account_id, segment_id, generation, epoch, data)
    values (${account}, ${id}, ${generation}, ${epoch}, ${data})`
  return generation
}

/** What opens with the session's own key of that generation. Throws a VaultError as `openUnder` does. */
export async function openOuter(
  keyring: Keyring,
  account: AccountId,
  { segment_id, generation, epoch, key_mac, data }: StoredSegmentKey,
): Promise<Buffer> {
  const epochKey = await keyring.epochKey(epoch, key_mac)
  return openUnder(epochKey, outerBound(account, segment_id, generation, epoch), data)
}

export async function dropSegmentKeys(
  tx: Tx,
  account: AccountId,
  segments: readonly number[],
): Promise<void> {
  await tx`delete from segment_key
    where account_id = ${account} and segment_id = any(${[...segments]}::bigint[])`
}

/** Rows looked at in one transaction. */
const BATCH = 500

interface OldKey {
  readonly account_id: AccountId
  readonly segment_id: number
  readonly generation: number
  readonly epoch: number
  readonly data: Buffer
}

/** Goes once through all segment keys of older epochs, as `rewrapAll` does through the wraps. */
export async function rewrapSegmentKeys({
  store,
  keyring,
  chance,
}: {
  readonly store: Store
  readonly keyring: Keyring
  readonly chance: Chance
}): Promise<Rewrapped> {
  let rewrapped = 0
  let stuck = 0
  let last: OldKey | undefined
  for (;;) {
    const rows = await store.transaction(async tx => {
      const current = await currentEpoch(tx)
      const batch = await tx<OldKey[]>`
        select account_id, segment_id, generation, epoch, data from segment_key
        where epoch < ${current.epoch}
          and (account_id, segment_id) > (${last?.account_id ?? 0}, ${last?.segment_id ?? 0})
        order by account_id, segment_id limit ${BATCH} for update skip locked`
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

async function move(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  { account_id: account, segment_id: id, generation, epoch: old, data: before }: OldKey,
  { epoch, key_mac }: EpochName,
): Promise<boolean> {
  let inner: Buffer
  try {
    inner = openUnder(await keyring.epochKey(old), outerBound(account, id, generation, old), before)
  } catch (error) {
    if (error instanceof VaultError) return false
    throw error
  }
  const epochKey = await keyring.epochKey(epoch, key_mac)
  const data = sealUnder(epochKey, outerBound(account, id, generation, epoch), inner, chance)
  await tx`update segment_key set epoch = ${epoch}, data = ${data}
    where account_id = ${account} and segment_id = ${id}`
  return true
}

function outerBound(account: AccountId, id: number, generation: number, epoch: number): Buffer {
  return binding("letterkeep segment key epoch 1", account, id, generation, epoch)
}
