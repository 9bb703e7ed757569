/**
 * At start, under the key file's lock: which key signs this database's ledger.
 *
 *     database knows a key | in the file | then
 *     no                   | none        | made, durable in the file, then named in the database
 *     no                   | there       | named in the database: a new file, or a crash fell between the two steps
 *     yes                  | the same    | taken
 *     yes                  | none, other | KeyFileError: an old copy. A new key would begin a second ledger
 */
import type { Chance } from "../ports/chance.ts"
import type { Tx } from "../store/index.ts"
import { type KeyFile, newKey, writeKeyFile } from "./key-file.ts"
import { KeyFileError } from "./key-file-error.ts"
import { openLedgerKey } from "./ledger-key.ts"

/** The file as it then is. */
export async function claimLedgerKey(tx: Tx, chance: Chance, path: string, file: KeyFile): Promise<KeyFile> {
  const [house] = await tx<{ ledger_key: Buffer | null }[]>`select ledger_key from letterkeep`
  const known = house?.ledger_key ?? undefined
  const seed = file.keys.ledger
  if (known !== undefined) {
    if (seed !== undefined && openLedgerKey(seed).publicKey.equals(known)) return file
    throw new KeyFileError(
      `The key file ${path} ${seed === undefined ? "lacks the key" : "has another key"} that signs this database's ` +
        "ledger: it is not the file of the node that made that key, or an old copy. Put that node's file here, and " +
        "keep this one until mail can be read.",
    )
  }
  const made = seed ?? newKey(chance)
  const signed: KeyFile = seed === undefined ? { ...file, keys: { ...file.keys, ledger: made } } : file
  if (seed === undefined) await writeKeyFile(path, signed)
  await tx`update letterkeep set ledger_key = ${openLedgerKey(made).publicKey}`
  return signed
}
