/**
 * The key file's keys in memory, as kept KeyObjects, and the two ways to change the file: a new epoch, and the
 * end of old ones. Changes are made under the advisory lock of `epochs.ts` only, on what the file says now:
 * several nodes may share one file.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto"
import type { Chance } from "../ports/chance.ts"
import { keepKey } from "./aead.ts"
import type { KeyFile } from "./key-file.ts"
import { newKey, readKeyFile, writeKeyFile } from "./key-file.ts"
import { KeyFileError } from "./key-file-error.ts"
import { VaultError } from "./vault-error.ts"

export interface Keyring {
  /** The key of an epoch. Meets an epoch it does not know by reading the file again. */
  epochKey(epoch: number): Promise<KeyObject>
  /** Under the lock: the file holds a key for `epoch`, durably, once this resolves. */
  addEpoch(epoch: number): Promise<void>
  /** Under the lock: the keys of these epochs leave the file and memory. */
  endEpochs(epochs: readonly number[]): Promise<void>
  /** What only a holder of the key file can make: 32 bytes over `bound`. */
  mac(bound: Uint8Array): Buffer
  /** HMAC-SHA-256 under the keyed-hash secret. */
  hash(prefix: string, value: string | Uint8Array): Buffer
  /** The server key of one purpose. */
  serverKey(purpose: string): KeyObject
}

export function createKeyring(path: string, chance: Chance, first: KeyFile): Keyring {
  const { id } = first
  const macKey = keyFrom(first.keys.mac)
  const hashKey = keyFrom(first.keys.hash)
  const serverRoot = keyFrom(first.keys.server)
  const serverKeys = new Map<string, KeyObject>()
  let epochs = epochsOf(first)

  async function readAgain(): Promise<KeyFile> {
    const file = await readKeyFile(path)
    if (file === undefined) throw new KeyFileError(`The key file ${path} is gone. Put it back.`)
    if (file.id !== id) throw new KeyFileError(`The key file ${path} was changed for another one.`)
    epochs = epochsOf(file)
    return file
  }

  return {
    async epochKey(epoch) {
      const known = epochs.get(epoch)
      if (known !== undefined) return known
      await readAgain()
      const found = epochs.get(epoch)
      if (found !== undefined) return found
      throw new VaultError(
        "epoch-unknown",
        `the key file has no key of epoch ${epoch}: it has ended, or a newer key file was not copied here`,
      )
    },
    async addEpoch(epoch) {
      const file = await readAgain()
      // It is there already when a crash fell between the file and the commit, or another node was first.
      if (file.epochs[String(epoch)] !== undefined) return
      const grown = { ...file, epochs: { ...file.epochs, [String(epoch)]: newKey(chance) } }
      await writeKeyFile(path, grown)
      epochs = epochsOf(grown)
    },
    async endEpochs(ended) {
      const file = await readAgain()
      const gone = new Set(ended.map(String))
      const left = Object.entries(file.epochs).filter(([epoch]) => !gone.has(epoch))
      if (left.length === Object.keys(file.epochs).length) return
      const shrunk = { ...file, epochs: Object.fromEntries(left) }
      await writeKeyFile(path, shrunk)
      epochs = epochsOf(shrunk)
    },
    mac: bound => createHmac("sha256", macKey).update(bound).digest(),
    hash: (prefix, value) => createHmac("sha256", hashKey).update(prefix, "utf8").update(value).digest(),
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
