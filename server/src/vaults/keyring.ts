/**
 * The key file's keys in memory, as kept KeyObjects, and the two ways to change the file: a new epoch, and the
 * end of old ones. Changes are made under the advisory lock of `epochs.ts` only, on what the file says now:
 * several nodes may share one file.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import { keepKey } from "./aead.ts"
import { binding } from "./binding.ts"
import { mayEnd, withEpoch, withoutEpochs } from "./epoch-ages.ts"
import type { KeyFile } from "./key-file.ts"
import { newKey, readKeyFile, writeKeyFile } from "./key-file.ts"
import { KeyFileError } from "./key-file-error.ts"
import { type LedgerKey, openLedgerKey } from "./ledger-key.ts"
import { VaultError } from "./vault-error.ts"

/** An epoch as the database names it: `key_mac` tells its key from any other that a copy of the file may hold. */
export interface EpochName {
  readonly epoch: number
  readonly key_mac: Uint8Array
}

export interface Keyring {
  readonly path: string
  /**
   * The key of an epoch, and with `key_mac` no other than the database's. Meets an epoch that it does not know by
   * reading the file again.
   */
  epochKey(epoch: number, key_mac?: Uint8Array): Promise<KeyObject>
  /** 32 bytes that name the key of an epoch and tell nothing of it; undefined where there is no such key. */
  epochMac(epoch: number): Buffer | undefined
  /** Under the lock: the file holds a key for `epoch`, begun `now`, durably, once this resolves, to that key's MAC. */
  addEpoch(epoch: number, now: number): Promise<Buffer>
  /** What the file says now. */
  readAgain(): Promise<KeyFile>
  /**
   * Under the lock: the keys of these epochs leave the file and memory, but for the newest one and those that the
   * file's own record does not know to be superseded for long enough. Resolves to these.
   */
  endEpochs(epochs: readonly number[], now: number): Promise<readonly number[]>
  /** What only a holder of the key file can make: 32 bytes over `bound`. */
  mac(bound: Uint8Array): Buffer
  /** HMAC-SHA-256 under the keyed-hash secret. */
  hash(prefix: string, value: string | Uint8Array): Buffer
  /** Signs the ledger's checkpoints. Throws where the file was opened without claiming it (claim-key-file.ts). */
  ledgerKey(): LedgerKey
  /** The server key of one purpose. */
  serverKey(purpose: string): KeyObject
}

export function createKeyring(path: string, chance: Chance, first: KeyFile): Keyring {
  const { id } = first
  const macKey = keyFrom(first.keys.mac)
  const hashKey = keyFrom(first.keys.hash)
  const serverRoot = keyFrom(first.keys.server)
  const serverKeys = new Map<string, KeyObject>()
  const ledgerKey = first.keys.ledger === undefined ? undefined : openLedgerKey(first.keys.ledger)
  let epochs = epochsOf(first)

  async function readAgain(): Promise<KeyFile> {
    const file = await readKeyFile(path)
    if (file === undefined) throw new KeyFileError(`The key file ${path} is gone. Put it back.`)
    if (file.id !== id) throw new KeyFileError(`The key file ${path} was changed for another one.`)
    epochs = epochsOf(file)
    return file
  }

  function epochMac(epoch: number): Buffer | undefined {
    const key = epochs.get(epoch)
    if (key === undefined) return undefined
    const raw = key.export()
    try {
      const bound = binding("letterkeep epoch key 1", epoch)
      return createHmac("sha256", macKey).update(bound).update(raw).digest()
    } finally {
      raw.fill(0)
    }
  }
  const find = (epoch: number, wanted: Uint8Array | undefined): KeyObject | undefined =>
    wanted === undefined || epochMac(epoch)?.equals(wanted) ? epochs.get(epoch) : undefined

  return {
    path,
    readAgain,
    epochMac,
    async epochKey(epoch, wanted) {
      const known = find(epoch, wanted)
      if (known !== undefined) return known
      await readAgain()
      const found = find(epoch, wanted)
      if (found !== undefined) return found
      throw new VaultError(
        "epoch-unknown",
        `the key file has no key of epoch ${epoch}, or another one: it has ended, or this file is not the one that all nodes share`,
      )
    },
    async addEpoch(epoch, now) {
      const file = await readAgain()
      // It is there already when a crash fell between the file and the commit, or another node was first.
      const grown = withEpoch(file, epoch, file.epochs[String(epoch)] ?? newKey(chance), now)
      await writeKeyFile(path, grown)
      epochs = epochsOf(grown)
      const mac = epochMac(epoch)
      if (mac === undefined) throw new Error("the epoch just added has no key")
      return mac
    },
    async endEpochs(ended, now) {
      const file = await readAgain()
      const there = ended.filter(epoch => file.epochs[String(epoch)] !== undefined)
      const gone = new Set(there.filter(epoch => mayEnd(file, epoch, now)))
      if (gone.size > 0) {
        const shrunk = withoutEpochs(file, gone)
        await writeKeyFile(path, shrunk)
        epochs = epochsOf(shrunk)
      }
      return there.filter(epoch => !gone.has(epoch))
    },
    mac: bound => createHmac("sha256", macKey).update(bound).digest(),
    hash: (prefix, value) => createHmac("sha256", hashKey).update(prefix, "utf8").update(value).digest(),
    ledgerKey() {
      if (ledgerKey === undefined) throw new KeyFileError(`The key file ${path} has no key for the ledger.`)
      return ledgerKey
    },
    serverKey(purpose) {
      const kept = serverKeys.get(purpose)
      if (kept !== undefined) return kept
      const made = keepKey(
        Buffer.from(hkdfSync("sha256", serverRoot, "", `letterkeep server key 1 ${purpose}`, 32)),
      )
      serverKeys.set(purpose, made)
      return made
    },
  }
}

function epochsOf(file: KeyFile): Map<number, KeyObject> {
  return new Map(Object.entries(file.epochs).map(([epoch, key]) => [Number(epoch), keyFrom(key)]))
}

function keyFrom(base64: string): KeyObject {
  const raw = Buffer.from(base64, "base64")
  const key = createSecretKey(raw)
  raw.fill(0)
  return key
}
