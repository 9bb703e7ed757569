import type { Tx } from "../store/index.ts"
import type { EpochName } from "./keyring.ts"

/** The epoch to write wraps under, held against being superseded until the transaction ends. */
export async function currentEpoch(tx: Tx): Promise<EpochName> {
  const [row] = await tx<EpochName[]>`
    select epoch, key_mac from key_epoch where superseded_at is null order by epoch desc limit 1 for share`
  if (row === undefined) throw new Error("the database has no current epoch")
  return row
}
