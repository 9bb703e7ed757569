/**
 * The ledger as everybody may read it (C2SP tlog-tiles): the newest checkpoint, tiles of the tree, and bundles of
 * leaves. Cheap: each answer is one query by key, of at most 256 rows.
 */
import { HASH_BYTES, type TileId, type TileLevel, writeEntryBundle } from "@letterkeep/tlog"
import type { Store } from "../../store/index.ts"
import type { LedgerSigner } from "./signer.ts"
import { newestCheckpoint, readTiles } from "./tree-rows.ts"

export interface PublicLedger {
  /** The checkpoint's first line. */
  readonly origin: string
  /** C2SP signed-note: `name+hash+base64`. */
  readonly verifierKey: string
  /** A signed note; undefined before the first event. */
  checkpoint(): Promise<string | undefined>
  /** Undefined where the tree has not grown to it. What is there never changes. */
  tile(id: TileId<TileLevel>): Promise<Uint8Array | undefined>
}

export function createPublicLedger({ sql }: Pick<Store, "sql">, signer: LedgerSigner): PublicLedger {
  return {
    origin: signer.origin,
    verifierKey: signer.verifierKey,
    checkpoint: async () => (await newestCheckpoint(sql))?.note,
    async tile({ level, index, width }) {
      if (level === "entries") return await bundle(sql, index, width)
      const [hashes] = await readTiles(sql)([{ level, index, width }])
      return hashes?.length === width * HASH_BYTES ? hashes : undefined
    },
  }
}

async function bundle(sql: Store["sql"], index: number, width: number): Promise<Uint8Array | undefined> {
  const from = index * 256
  if (!Number.isSafeInteger(from + width)) return undefined
  const rows = await sql<{ data: Buffer }[]>`
    select data from ledger_leaf where leaf >= ${from} and leaf < ${from + width} order by leaf`
  return rows.length === width ? writeEntryBundle(rows.map(row => row.data)) : undefined
}
