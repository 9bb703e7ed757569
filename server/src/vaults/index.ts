/**
 * Vaults: who can read what, when. Keys, wraps and sealing; nothing else in the program touches a key.
 *
 * Promise: what is sealed here opens only with a secret of its reader (password, app password, recovery code)
 * together with the database and the key file, or, for mail of this day, in the process that took it in.
 */
import { type KeyObject, timingSafeEqual } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import { failure, own } from "../ports/log-fields.ts"
import { type AccountId, asId } from "../store/ids.ts"
import type { Sql, Store, Tx } from "../store/index.ts"
import { openUnder, sealUnder } from "./aead.ts"
import { binding } from "./binding.ts"
import { claimKeyFile } from "./claim-key-file.ts"
import { EPOCH_CHANNEL, type EpochWork, forgetEnded, rotateEpochIfDue } from "./epochs.ts"
import { findUnfit, unfitError } from "./fit-key-file.ts"
import { createKeyring } from "./keyring.ts"
import type { LedgerKey } from "./ledger-key.ts"
import { createQueueKeys, dropQueueKeys, oldQueueKeys, type QueueKey } from "./queue-keys.ts"
import type { SealKey } from "./seal.ts"
import { createSealKeys } from "./seal-keys.ts"
import { sealToKey } from "./sealed-to-vault.ts"
import { dropSegmentKeys, keepSegmentKey, makeSegmentKey, type SegmentKey } from "./segment-keys.ts"
import { openSession, type VaultSession } from "./session.ts"
import { VaultError } from "./vault-error.ts"
import { accountMark, createVault, GENERATION_CHANNEL, newGeneration, publicKeys } from "./vault-keys.ts"
import { addWraps, type Holder, type HolderName, openWraps, removeWraps, type VaultKey } from "./wraps.ts"

export { SEAL_OVERHEAD_BYTES, type SealedParts } from "./aead.ts"
export { EPOCH_GRACE_MS, EPOCH_LIFE_MS } from "./epoch-ages.ts"
export type { EpochWork } from "./epochs.ts"
export { KeyFileError } from "./key-file-error.ts"
export type { LedgerKey } from "./ledger-key.ts"
export type { QueueKey } from "./queue-keys.ts"
export {
  openSealed,
  SEAL_KEY_USES,
  type SealedKind,
  type SealedThing,
  type SealKey,
  seal,
  sealParts,
} from "./seal.ts"
export type { SegmentKey } from "./segment-keys.ts"
export { openPage, type PagePlace, sealPage } from "./segment-pages.ts"
export type { OpenedSegmentKey, VaultSession } from "./session.ts"
export { VaultError, type VaultErrorCode } from "./vault-error.ts"
export type { Holder, HolderKind, HolderName, VaultKey } from "./wraps.ts"

/** What a keyed hash of an account is for: equal values give different hashes for different purposes. */
export type HashPurpose = "message-id" | "sender-rule" | "filter-memory" | "forwarded"
/** Rows that only a holder of the key file can write. */
export type RowPurpose =
  | "address"
  | "sender-rule"
  | "ledger-event"
  | "ledger-detail"
  | "ledger-count"
  | "choice"
  | "staff-agreement"
  | "agreement"
  | "policy-version"
  | "filter"
  | "dkim-key"
/** Keyed hashes that belong to no account. */
export type ServerHashPurpose =
  | "srs"
  | "return-tag"
  | "reporter"
  | "fake-salt"
  | "scram-salt"
  | "credential"
  | "destination"
  | "dmarc-report"
  | "tls-report"
/** What the server may read without a sign-in. */
export type ServerPurpose =
  | "mailbox-name"
  | "scram"
  | "dkim"
  | "filter"
  | "certificate"
  | "sts-policy"
  | "dmarc-report"
  | "tls-report"

const HASH_BYTES = 16
/** How soon after midnight (UTC) an idle process drops the day's seal keys. */
const DAY_CHECK_MS = 10_000

export interface Vaults {
  /**
   * Today's seal keys for these accounts. Those that have none yet are made together in one transaction of
   * its own, durable before this resolves. At most 10,000 accounts. One that does not exist is not in the
   * answer; one whose public key was tampered with rejects the whole call with a VaultError.
   */
  sealKeys(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, SealKey>>

  /** The first key pair of an account. Wrap `privateKey` in the same transaction, then zero it. */
  createVault(tx: Tx, account: AccountId): Promise<VaultKey>
  /** A new key pair for what arrives from now on (administrator's reset). Wrap and zero as above. */
  newGeneration(tx: Tx, account: AccountId): Promise<VaultKey>
  /** After the commit of `newGeneration`: this process seals nothing more to the generation before. */
  generationBegan(account: AccountId): void
  /** One wrap for each key. */
  addWraps(tx: Tx, account: AccountId, holder: Holder, keys: readonly VaultKey[]): Promise<void>
  removeWraps(tx: Tx, account: AccountId, holder: HolderName): Promise<void>
  /** All generations that this holder opens; the caller zeroes them, or gives them to `openSession`. */
  openWraps(account: AccountId, holder: Holder, db?: Sql | Tx): Promise<readonly VaultKey[]>
  /** Takes over `keys` and zeroes their bytes. `onClose` is called once, when the session ends. */
  openSession(account: AccountId, keys: readonly VaultKey[], onClose?: () => void): VaultSession

  /** Seals a small thing to the account's newest generation; a session's `openFromVault` opens it. */
  sealToVault(
    tx: Tx,
    account: AccountId,
    purpose: "label" | "rule" | "ledger-event",
    id: number | string,
    plain: Uint8Array,
  ): Promise<Buffer>
  /** Of a segment that is about to be made: each attempt takes a new one. Nothing is stored yet. */
  makeSegmentKey(): SegmentKey
  /** Stores it, sealed to the account's newest generation, and resolves to that. */
  keepSegmentKey(tx: Tx, account: AccountId, key: SegmentKey): Promise<number>
  /** What was sealed under these opens for nobody any more. */
  dropSegmentKeys(tx: Tx, account: AccountId, segments: readonly number[]): Promise<void>
  /** Today's key of this process for mail on its way out: durable before this resolves. */
  queueKey(): Promise<QueueKey>
  /** Any node's. Throws a VaultError: `no-such-queue-key`, `not-authentic`, `epoch-unknown`. */
  openQueueKey(id: number): Promise<KeyObject>
  /** Those of days long over, at most 10,000: no mail that is written from now on names one that no mail names yet. */
  oldQueueKeys(db: Sql | Tx): Promise<readonly number[]>
  /** What was sealed under these opens for nobody any more. */
  dropQueueKeys(tx: Tx, ids: readonly number[]): Promise<void>
  /** 16 bytes: HMAC-SHA-256, cut, under a secret of the key file. For equality only. */
  keyedHash(account: AccountId, purpose: HashPurpose, value: string | Uint8Array): Buffer
  /** 32 bytes: the same for the server as a whole. */
  serverHash(purpose: ServerHashPurpose, value: string | Uint8Array): Buffer
  /** 32 bytes under the MAC key: `values` were written by this server, not by whoever writes the database. */
  macOf(purpose: RowPurpose, ...values: readonly (string | number)[]): Buffer
  isMacOf(mac: Uint8Array, purpose: RowPurpose, ...values: readonly (string | number)[]): boolean
  /**
   * 32 octets that stand for an account and that only a holder of the key file can make, for as long as the account
   * lives: what is made of them says nothing of anybody afterwards. Throws a VaultError: `no-vault`,
   * `public-key-not-ours`.
   */
  accountMark(db: Sql | Tx, account: AccountId): Promise<Buffer>
  /** AES-256-GCM under the server key; `context` says where it belongs and is bound to it. */
  sealToServer(purpose: ServerPurpose, context: string, plain: Uint8Array): Buffer
  openFromServer(purpose: ServerPurpose, context: string, sealed: Uint8Array): Buffer

  /** Signs the ledger's checkpoints. */
  readonly ledgerKey: LedgerKey
  /** The key file's uuid: the same for as long as what is sealed here opens. */
  readonly keyFileId: string

  /** For the worker, daily or oftener: a new epoch each week, wraps moved under it, old epochs ended. */
  rotateEpochIfDue(): Promise<EpochWork>
  /** Drops the seal keys and queue keys of a day that is over; runs by itself every ten seconds too. */
  dropEndedDay(): void
  /** Drops all keys of the day. */
  close(): Promise<void>
}

export interface VaultsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** Path of the key file. */
  readonly keyFile: string
}

/** Throws a KeyFileError, a sentence for the operator, when the key file is not this database's, or an old copy. */
export async function openVaults(options: VaultsOptions): Promise<Vaults> {
  const { store, clock, chance, log, keyFile } = options
  const file = await claimKeyFile({ store, clock, chance, log, path: keyFile })
  const keyring = createKeyring(keyFile, chance, file)
  const unfit = await store.transaction(async tx => await findUnfit(tx, keyring))
  if (unfit !== undefined) throw unfitError(keyFile, unfit)
  const keys = createSealKeys({ store, keyring, clock, chance })
  const queueKeys = createQueueKeys({ store, keyring, clock, chance })
  const keeper = { store, keyring, clock, chance, log }

  const stopGenerations = await store.listen(
    GENERATION_CHANNEL,
    account => keys.forget(asId<AccountId>(Number(account))),
    () => keys.forgetAll(),
  )
  const failed = (error: unknown) =>
    log.event("task.failed", { task: own("vaults: forget ended epochs"), error: failure(error) })
  let forgetting: Promise<void> = Promise.resolve()
  const forget = () => {
    forgetting = forgetting.then(() => forgetEnded(keeper)).catch(failed)
  }
  const stopEpochs = await store.listen(EPOCH_CHANNEL, forget, forget)
  await forgetEnded(keeper)
  const macOf = (purpose: RowPurpose, ...values: readonly (string | number)[]) =>
    keyring.mac(binding("letterkeep row 1", purpose, ...values))
  const dropEndedDay = (): void => {
    keys.dropEnded()
    queueKeys.dropEnded()
  }
  const dayTimer = setInterval(dropEndedDay, DAY_CHECK_MS)
  dayTimer.unref()

  return {
    sealKeys: accounts => keys.take(accounts),
    createVault: (tx, account) => createVault(tx, keyring, chance, clock.now(), account),
    newGeneration: (tx, account) => newGeneration(store, tx, keyring, chance, clock.now(), account),
    generationBegan: account => keys.forget(account),
    addWraps: (tx, account, holder, vaultKeys) => addWraps(tx, keyring, chance, account, holder, vaultKeys),
    removeWraps,
    openWraps: (account, holder, db = store.sql) => openWraps(db, keyring, account, holder),
    openSession: (account, vaultKeys, onClose) => openSession(store, keyring, account, vaultKeys, onClose),
    async sealToVault(tx, account, purpose, id, plain) {
      const recipient = (await publicKeys(tx, keyring, [account])).get(account)
      if (recipient === undefined) throw new VaultError("no-vault", "the account has no vault")
      const { generation, key } = recipient
      const head = Buffer.alloc(4)
      head.writeUInt32BE(generation)
      const sealed = sealToKey(keyring, chance, key, { purpose, account, generation, id }, plain)
      return Buffer.concat([head, sealed])
    },
    makeSegmentKey: () => makeSegmentKey(chance),
    keepSegmentKey: (tx, account, key) => keepSegmentKey(tx, keyring, chance, account, key),
    dropSegmentKeys,
    queueKey: () => queueKeys.today(),
    openQueueKey: id => queueKeys.open(id),
    oldQueueKeys: db => oldQueueKeys(db, clock),
    dropQueueKeys,
    keyedHash: (account, purpose, value) =>
      keyring.hash(`account\n${purpose}\n${account}\n`, value).subarray(0, HASH_BYTES),
    serverHash: (purpose, value) => keyring.hash(`server\n${purpose}\n`, value),
    macOf,
    isMacOf(mac, purpose, ...values) {
      const right = macOf(purpose, ...values)
      return mac.length === right.length && timingSafeEqual(mac, right)
    },
    accountMark: (db, account) => accountMark(db, keyring, account),
    sealToServer: (purpose, context, plain) =>
      sealUnder(
        keyring.serverKey(purpose),
        binding("letterkeep to server 1", purpose, context),
        plain,
        chance,
      ),
    openFromServer: (purpose, context, sealed) =>
      openUnder(keyring.serverKey(purpose), binding("letterkeep to server 1", purpose, context), sealed),
    ledgerKey: keyring.ledgerKey(),
    keyFileId: file.id,
    rotateEpochIfDue: () => rotateEpochIfDue(keeper),
    dropEndedDay,
    async close() {
      clearInterval(dayTimer)
      await stopGenerations()
      await stopEpochs()
      await forgetting
      keys.forgetAll()
      queueKeys.forgetAll()
    },
  }
}
