/**
 * A live session's power over one account: the private keys of the generations that its sign-in opened, in
 * memory and for that session alone. After `close` it opens nothing.
 */
import type { KeyObject } from "node:crypto"
import { type KeyPair, keyPairFromPrivateBytes } from "@letterkeep/hpke"
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"
import { keepKey } from "./aead.ts"
import type { Keyring } from "./keyring.ts"
import { openWithKey, type VaultPlace } from "./sealed-to-vault.ts"
import { openOuter, type StoredSegmentKey } from "./segment-keys.ts"
import { VaultError } from "./vault-error.ts"
import type { VaultKey } from "./wraps.ts"

/** Seal keys kept open in one session: one for each day and process of the mail that is looked at. */
const MAX_OPEN_SEAL_KEYS = 1024
/** The generation that something is sealed to stands before it. */
const GENERATION_BYTES = 4

export type OpenedSegmentKey =
  | { readonly kind: "open"; readonly key: KeyObject }
  /** Its generation is not this sign-in's. */
  | { readonly kind: "closed" }
  /** The row is not what was written: nobody opens the segment any more. */
  | { readonly kind: "altered" }

export interface VaultSession {
  readonly account: AccountId
  /** The generations it opens, ascending; none for a credential that may only send. */
  readonly generations: readonly number[]
  /** One stored seal key. Throws a VaultError: `generation-closed`, `no-such-seal-key`, `session-closed`. */
  sealKey(id: number): Promise<KeyObject>
  /** The same where it is open already. */
  keptSealKey(id: number): KeyObject | undefined
  /** Many at once, in one query. Those of closed generations, or that are gone, are not in the answer. */
  sealKeys(ids: readonly number[]): Promise<ReadonlyMap<number, KeyObject>>
  /** Of each index segment that is asked for and there; in one query. */
  segmentKeys(ids: readonly number[]): Promise<ReadonlyMap<number, OpenedSegmentKey>>
  /** Opens what `Vaults.sealToVault` sealed. Throws a VaultError: `generation-closed`, `not-authentic`, `session-closed`. */
  openFromVault(purpose: "label" | "rule" | "ledger-event", id: number | string, sealed: Buffer): Buffer
  close(): void
  readonly closed: boolean
}

interface StoredSealKey {
  readonly seal_key_id: number
  readonly generation: number
  readonly sealed: Buffer
}

/** Takes over `keys`: their bytes are zeroed. `onClose` is called once, when the session ends. */
export function openSession(
  store: Store,
  keyring: Keyring,
  account: AccountId,
  keys: readonly VaultKey[],
  onClose: () => void = () => undefined,
): VaultSession {
  const pairs = new Map<number, KeyPair>()
  for (const { generation, privateKey } of keys) {
    pairs.set(generation, keyPairFromPrivateBytes(privateKey))
    privateKey.fill(0)
  }
  const opened = createBoundedMap<number, KeyObject>(MAX_OPEN_SEAL_KEYS)
  const generations = [...pairs.keys()].sort((a, b) => a - b)
  let closed = false

  function refuseClosed(): void {
    if (closed) throw new VaultError("session-closed", "the session has ended")
  }

  function pairOf(generation: number): KeyPair {
    const pair = pairs.get(generation)
    if (pair !== undefined) return pair
    throw new VaultError(
      "generation-closed",
      `this sign-in does not open generation ${generation} of the vault`,
    )
  }

  function open(row: StoredSealKey): KeyObject {
    const { seal_key_id: id, generation } = row
    const place: VaultPlace = { purpose: "seal-key", account, generation, id }
    const key = keepKey(openWithKey(keyring, pairOf(generation), place, row.sealed))
    opened.set(id, key)
    return key
  }

  async function openSegmentKey(row: StoredSegmentKey): Promise<OpenedSegmentKey> {
    const { generation, segment_id: id } = row
    if (!pairs.has(generation)) return { kind: "closed" }
    try {
      const inner = await openOuter(keyring, account, row)
      refuseClosed()
      const place: VaultPlace = { purpose: "segment-key", account, generation, id }
      return { kind: "open", key: keepKey(openWithKey(keyring, pairOf(generation), place, inner)) }
    } catch (error) {
      if (error instanceof VaultError && error.code === "not-authentic") return { kind: "altered" }
      throw error
    }
  }

  return {
    account,
    generations,
    async sealKey(id) {
      refuseClosed()
      const known = opened.get(id)
      if (known !== undefined) return known
      const [row] = await store.sql<StoredSealKey[]>`
        select seal_key_id, generation, sealed from seal_key where account_id = ${account} and seal_key_id = ${id}`
      refuseClosed()
      if (row === undefined) throw new VaultError("no-such-seal-key", `the account has no seal key ${id}`)
      return open(row)
    },
    keptSealKey(id) {
      refuseClosed()
      return opened.get(id)
    },
    async sealKeys(ids) {
      refuseClosed()
      const found = new Map<number, KeyObject>()
      const missing: number[] = []
      for (const id of new Set(ids)) {
        const known = opened.get(id)
        if (known === undefined) missing.push(id)
        else found.set(id, known)
      }
      if (missing.length === 0) return found
      const rows = await store.sql<StoredSealKey[]>`
        select seal_key_id, generation, sealed from seal_key
        where account_id = ${account} and seal_key_id = any(${missing}::bigint[])`
      refuseClosed()
      for (const row of rows) if (pairs.has(row.generation)) found.set(row.seal_key_id, open(row))
      return found
    },
    async segmentKeys(ids) {
      refuseClosed()
      const rows = await store.sql<StoredSegmentKey[]>`
        select segment_id, generation, epoch, key_mac, data from segment_key join key_epoch using (epoch)
        where account_id = ${account} and segment_id = any(${[...ids]}::bigint[])`
      const found = new Map<number, OpenedSegmentKey>()
      for (const row of rows) found.set(row.segment_id, await openSegmentKey(row))
      refuseClosed()
      return found
    },
    openFromVault(purpose, id, sealed) {
      refuseClosed()
      if (sealed.length < GENERATION_BYTES) throw new VaultError("not-authentic", "cut, or never sealed")
      const generation = sealed.readUInt32BE(0)
      return openWithKey(
        keyring,
        pairOf(generation),
        { purpose, account, generation, id },
        sealed.subarray(GENERATION_BYTES),
      )
    },
    close() {
      if (closed) return
      closed = true
      pairs.clear()
      opened.clear()
      onClose()
    },
    get closed() {
      return closed
    },
  }
}
