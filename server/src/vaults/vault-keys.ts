/**
 * The key pair of a vault, one for each generation. The public key lies in the database with a MAC that only a
 * holder of the key file can make, over account, generation and key; it is checked at every use, so whoever
 * can write into the database alone cannot have mail sealed to a key of his own.
 */
import { type KeyObject, timingSafeEqual } from "node:crypto"
import { KEY_BYTES, keyPairFromPrivateBytes, publicKeyFromBytes } from "@letterkeep/hpke"
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import type { Sql, Store, Tx } from "../store/index.ts"
import { binding } from "./binding.ts"
import type { Keyring } from "./keyring.ts"
import { VaultError } from "./vault-error.ts"
import type { VaultKey } from "./wraps.ts"

/** Channel on which an account's id is told when its vault has a new generation. */
export const GENERATION_CHANNEL = "vaults_generation"

export interface PublicKey {
  readonly generation: number
  readonly key: KeyObject
}

/** Makes the first key pair of an account's vault. The caller wraps the private key in the same transaction. */
export async function createVault(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  now: number,
  account: AccountId,
): Promise<VaultKey> {
  return await insertGeneration(tx, keyring, chance, now, account, 1)
}

/**
 * Makes a new key pair: what arrives after the commit is sealed to it alone. Other processes hear of it with
 * the commit; what one of them had in its hands at that moment may still be sealed to the generation before.
 */
export async function newGeneration(
  store: Store,
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  now: number,
  account: AccountId,
): Promise<VaultKey> {
  // Waits for transactions that make seal keys: they hold the same row (see seal-keys.ts).
  await tx`select account_id from account where account_id = ${account} for update`
  const [newest] = await tx<{ generation: number }[]>`
    select generation from vault where account_id = ${account} order by generation desc limit 1`
  if (newest === undefined) throw new VaultError("no-vault", "the account has no vault")
  const key = await insertGeneration(tx, keyring, chance, now, account, newest.generation + 1)
  await store.notify(tx, GENERATION_CHANNEL, String(account))
  return key
}

async function insertGeneration(
  tx: Tx,
  keyring: Keyring,
  chance: Chance,
  now: number,
  account: AccountId,
  generation: number,
): Promise<VaultKey> {
  const privateKey = chance.bytes(KEY_BYTES)
  const { publicBytes } = keyPairFromPrivateBytes(privateKey)
  const mac = keyring.mac(boundTo(account, generation, publicBytes))
  await tx`insert into vault (account_id, generation, public_key, mac, created_at)
    values (${account}, ${generation}, ${publicBytes}, ${mac}, ${new Date(now)})`
  return { generation, privateKey }
}

interface KeyRow {
  readonly account_id: AccountId
  readonly generation: number
  readonly public_key: Buffer
  readonly mac: Buffer
}

function requireOurs(keyring: Keyring, { account_id, generation, public_key, mac }: KeyRow): void {
  const right = keyring.mac(boundTo(account_id, generation, public_key))
  if (right.length === mac.length && timingSafeEqual(right, mac)) return
  throw new VaultError(
    "public-key-not-ours",
    `the public key of account ${account_id} was not made by this server`,
  )
}

/**
 * 32 octets that stand for an account for as long as it lives: a MAC over the first public key of its vault. When the
 * account has gone its key has too, and then not even a holder of the key file can make them. Throws a VaultError:
 * `no-vault`, `public-key-not-ours`.
 */
export async function accountMark(db: Sql | Tx, keyring: Keyring, account: AccountId): Promise<Buffer> {
  const [row] = await db<KeyRow[]>`
    select account_id, generation, public_key, mac from vault where account_id = ${account} and generation = 1`
  if (row === undefined) throw new VaultError("no-vault", "the account has no first key")
  requireOurs(keyring, row)
  return keyring.mac(binding("letterkeep account mark 1", account, row.public_key.toString("hex")))
}

/** The public keys that new things are sealed to. An account without a vault is not in the answer. */
export async function publicKeys(
  tx: Tx,
  keyring: Keyring,
  accounts: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, PublicKey>> {
  const rows = await tx<KeyRow[]>`
    select distinct on (account_id) account_id, generation, public_key, mac from vault
    where account_id = any(${[...accounts]}::bigint[]) order by account_id, generation desc`
  const found = new Map<AccountId, PublicKey>()
  for (const row of rows) {
    requireOurs(keyring, row)
    found.set(row.account_id, { generation: row.generation, key: publicKeyFromBytes(row.public_key) })
  }
  return found
}

function boundTo(account: AccountId, generation: number, publicKey: Buffer): Buffer {
  return binding("letterkeep vault 1", account, generation, publicKey.toString("hex"))
}
