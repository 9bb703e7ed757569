/**
 * Wraps: a vault's private key, once for each holder (a password, an app password, a recovery code).
 *
 *     data  = AEAD(epoch key, outer bound, inner)
 *     inner = AEAD(holder's key, inner bound, private key)
 *
 * Both layers bind the account, the generation and the holder; the inner one also the parameters of the
 * holder's key derivation, the outer one the epoch. A wrap moved to another account, generation or holder opens for nobody. The server alone
 * moves a wrap to a new epoch, and cannot open its inner layer.
 */
import type { KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import type { Sql, Tx } from "../store/index.ts"
import { openUnder, sealUnder } from "./aead.ts"
import { binding } from "./binding.ts"
import { currentEpoch } from "./current-epoch.ts"
import type { Keyring } from "./keyring.ts"

export type HolderKind = "password" | "app-password" | "recovery"

/** Who holds a wrap, without its key. */
export interface HolderName {
  readonly kind: HolderKind
  /** The credential's id. */
  readonly id: number
}

export interface Holder extends HolderName {
  /** The parameters by which `key` was derived, salt and all, in one fixed form: bound to the wrap. */
  readonly kdf: string
  /** AES-256, derived from the secret. */
  readonly key: KeyObject
}

/** One generation of a vault, open. Whoever has it zeroes `privateKey` when done. */
export interface VaultKey {
  readonly generation: number
  /** 32 raw bytes. */
  readonly privateKey: Buffer
}

export async function addWraps(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  account: AccountId,
  holder: Holder,
  keys: readonly VaultKey[],
): Promise<void> {
  const { epoch, key_mac } = await currentEpoch(tx)
  const epochKey = await keyring.epochKey(epoch, key_mac)
  for (const { generation, privateKey } of keys) {
    const inner = sealUnder(holder.key, innerBound(account, generation, holder), privateKey, chance)
    const data = sealUnder(epochKey, outerBound(account, generation, holder, epoch), inner, chance)
    await tx`insert into wrap (account_id, generation, holder_kind, holder_id, epoch, data)
      values (${account}, ${generation}, ${holder.kind}, ${holder.id}, ${epoch}, ${data})`
  }
}

/**
 * All generations this holder opens, oldest first. Throws a VaultError when a wrap does not open: it was
 * altered or moved, or its epoch has ended.
 */
export async function openWraps(
  db: Sql | Tx,
  keyring: Keyring,
  account: AccountId,
  holder: Holder,
): Promise<readonly VaultKey[]> {
  const rows = await db<{ generation: number; epoch: number; key_mac: Buffer; data: Buffer }[]>`
    select generation, epoch, key_mac, data from wrap join key_epoch using (epoch)
    where account_id = ${account} and holder_kind = ${holder.kind} and holder_id = ${holder.id}
    order by generation`
  const keys: VaultKey[] = []
  for (const { generation, epoch, key_mac, data } of rows) {
    const epochKey = await keyring.epochKey(epoch, key_mac)
    const inner = openUnder(epochKey, outerBound(account, generation, holder, epoch), data)
    keys.push({
      generation,
      privateKey: openUnder(holder.key, innerBound(account, generation, holder), inner),
    })
  }
  return keys
}

export async function removeWraps(tx: Tx, account: AccountId, holder: HolderName): Promise<void> {
  await tx`delete from wrap
    where account_id = ${account} and holder_kind = ${holder.kind} and holder_id = ${holder.id}`
}

function innerBound(account: AccountId, generation: number, holder: Omit<Holder, "key">): Buffer {
  return binding("letterkeep wrap 1", account, generation, holder.kind, holder.id, holder.kdf)
}

export function outerBound(
  account: AccountId,
  generation: number,
  holder: HolderName,
  epoch: number,
): Buffer {
  return binding("letterkeep wrap epoch 1", account, generation, holder.kind, holder.id, epoch)
}
