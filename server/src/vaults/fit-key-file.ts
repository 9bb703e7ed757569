/**
 * Whether this node's key file is the one that all nodes share. A copy that fell behind looks right, by its id, but
 * lacks the key of a newer epoch; a node that turned with it would split the keys, and whoever lost either file then
 * would lose mail.
 */
import type { Tx } from "../store/index.ts"
import { KeyFileError } from "./key-file-error.ts"
import type { EpochName, Keyring } from "./keyring.ts"

export interface Unfit {
  readonly epoch: number
  readonly why: "missing" | "different"
}

/**
 * Reads the file again. It must have the current epoch's key, and no other key for any epoch than the database's.
 * An older epoch may be missing: the database may come from a backup of a time before that epoch ended.
 */
export async function findUnfit(tx: Tx, keyring: Keyring): Promise<Unfit | undefined> {
  const rows = await tx<(EpochName & { is_current: boolean })[]>`
    select epoch, key_mac, superseded_at is null as is_current from key_epoch
    where ended_at is null order by epoch desc`
  await keyring.readAgain()
  for (const { epoch, key_mac, is_current } of rows) {
    const mac = keyring.epochMac(epoch)
    if (mac === undefined && is_current) return { epoch, why: "missing" }
    if (mac !== undefined && !mac.equals(key_mac)) return { epoch, why: "different" }
  }
  return undefined
}

/** The sentence for the operator. */
export function unfitError(path: string, { epoch, why }: Unfit): KeyFileError {
  return new KeyFileError(
    `The key file ${path} ${why === "missing" ? "lacks the key of" : "has another key for"} epoch ${epoch}: it is not ` +
      "the file of the node that began this epoch. All nodes must name one and the same file, on storage that they " +
      "share; put that node's file here, and keep this one until mail can be read.",
  )
}
