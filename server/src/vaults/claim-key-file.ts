/**
 * At start: which key file belongs to this database.
 *
 *     database has an id | file      | then
 *     no                 | missing   | made, and its id written into the database
 *     no                 | there     | taken: a crash fell between the two steps, or the operator brought it
 *     yes                | same id   | taken
 *     yes                | missing   | KeyFileError: never made anew, for nothing old would open again
 *     yes                | other id  | KeyFileError
 */
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import { own } from "../ports/log-fields.ts"
import type { Store, Tx } from "../store/index.ts"
import { claimLedgerKey } from "./claim-ledger-key.ts"
import { EPOCH_LOCK } from "./epochs.ts"
import { findUnfit, unfitError } from "./fit-key-file.ts"
import { type KeyFile, makeKeyFile, readKeyFile, writeKeyFile } from "./key-file.ts"
import { KeyFileError } from "./key-file-error.ts"
import { createKeyring, type Keyring } from "./keyring.ts"

export interface ClaimKeyFile {
  readonly store: Store
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly path: string
}

export async function claimKeyFile({ store, clock, chance, log, path }: ClaimKeyFile): Promise<KeyFile> {
  return await store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${EPOCH_LOCK})`
    const [house] = await tx<{ key_file_id: string | null }[]>`select key_file_id from letterkeep`
    if (house === undefined) throw new KeyFileError("The database has no row in the table letterkeep.")
    const file = await readKeyFile(path)
    if (house.key_file_id !== null) {
      const held = checked(path, house.key_file_id, file)
      // First: a copy that fell behind must not get the one key for which the good file would then be refused.
      const unfit = await findUnfit(tx, createKeyring(path, chance, held))
      if (unfit !== undefined) throw unfitError(path, unfit)
      return await claimLedgerKey(tx, chance, path, held)
    }
    const taken = file ?? makeKeyFile(chance, uuidFrom(chance), clock.now())
    if (file === undefined) {
      await writeKeyFile(path, taken)
      log.event("vaults.key-file-made", { path: own(path) })
    }
    await recordFirst(tx, taken, createKeyring(path, chance, taken), new Date(clock.now()))
    return await claimLedgerKey(tx, chance, path, taken)
  })
}

function checked(path: string, wanted: string, file: KeyFile | undefined): KeyFile {
  if (file === undefined) {
    throw new KeyFileError(
      `This database's mail is sealed under the key file ${wanted}, but there is no file ${path}. ` +
        "Put back that file from your backup of keys, or copy it from another node. " +
        "A new one would open nothing, so none is made.",
    )
  }
  if (file.id === wanted) return file
  throw new KeyFileError(
    `The key file ${path} is ${file.id}, but this database's mail is sealed under ${wanted}. ` +
      "Name the right file in [keys] file, or the right database.",
  )
}

async function recordFirst(tx: Tx, file: KeyFile, keyring: Keyring, now: Date): Promise<void> {
  const newest = Math.max(...Object.keys(file.epochs).map(Number))
  const mac = keyring.epochMac(newest)
  if (mac === undefined)
    throw new KeyFileError(`The key file ${keyring.path} has no epoch. Put back its copy.`)
  await tx`insert into key_epoch (epoch, key_mac, created_at) values (${newest}, ${mac}, ${now})`
  await tx`update letterkeep set key_file_id = ${file.id}`
}

/** A random uuid: RFC 9562 §5.4. */
function uuidFrom(chance: Chance): string {
  const raw = chance.bytes(16)
  raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6)
  raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8)
  return raw.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
