/** The tree as it lies in the database: the last checkpoint, tiles, and what a growth adds. */
import { edgeTiles, type Grown, HASH_BYTES, type ReadTiles, type Tile, type TileId } from "@letterkeep/tlog"
import { createCopyRows, type Sql, type Store, type Tx } from "../../store/index.ts"
import { placeIn } from "./places.ts"
import type { LedgerSigner, TreeHead } from "./signer.ts"

/** The database holds another ledger than the one that was signed: nothing may be signed on top of it. */
export class LedgerBrokenError extends Error {
  override readonly name = "LedgerBrokenError"
  readonly temporary = false
}

export interface KeptCheckpoint {
  readonly size: number
  readonly note: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export async function newestCheckpoint(db: Sql | Tx): Promise<KeptCheckpoint | undefined> {
  const [row] = await db<{ size: number; note: string; created_at: Date }[]>`
    select size, note, created_at from ledger_checkpoint order by size desc limit 1`
  return row === undefined ? undefined : { size: row.size, note: row.note, at: row.created_at.getTime() }
}

/**
 * The head that was signed last; undefined before the first. Throws a LedgerBrokenError where our key did not sign it.
 */
export async function signedHead(db: Sql | Tx, signer: LedgerSigner): Promise<TreeHead | undefined> {
  const kept = await newestCheckpoint(db)
  if (kept === undefined) return undefined
  const head = signer.open(kept.note)
  if (head?.size !== kept.size)
    throw new LedgerBrokenError(`the checkpoint of size ${kept.size} was not signed by this server`)
  return head
}

/** Those tiles, in the same order, as wide as they are asked for; empty where there are none. One query. */
export function readTiles(db: Sql | Tx): ReadTiles {
  return async tiles => {
    const rows = await db<{ at: number; hashes: Buffer }[]>`
      select asked.at::int as at, hashes from ledger_tile
        join unnest(${tiles.map(tile => tile.level)}::smallint[], ${tiles.map(tile => tile.index)}::bigint[])
          with ordinality as asked (level, no, at) using (level, no)`
    const found = new Map(rows.map(row => [row.at - 1, row.hashes]))
    return tiles.map(({ width }, at) => found.get(at)?.subarray(0, width * HASH_BYTES) ?? Buffer.alloc(0))
  }
}

export async function readEdge(db: Sql | Tx, size: number): Promise<readonly Tile[]> {
  const edge: readonly TileId[] = edgeTiles(size)
  const hashes = await readTiles(db)(edge)
  return edge.map((tile, at) => ({ ...tile, hashes: hashes[at] ?? Buffer.alloc(0) }))
}

export interface NewLeaf {
  readonly data: Buffer
  readonly hash: Buffer
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Adds leaves from number `from` on. */
export async function appendLeaves(
  store: Pick<Store, "copyIn">,
  tx: Tx,
  from: number,
  leaves: readonly NewLeaf[],
): Promise<void> {
  const rows = createCopyRows("ledger_leaf", ["leaf", "data", "hash", "place", "created_at"])
  for (const [at, leaf] of leaves.entries()) {
    rows.row()
    rows.int8(from + at)
    rows.bytea(leaf.data)
    rows.bytea(leaf.hash)
    const place = placeIn(leaf.data)
    if (place === undefined) rows.null()
    else rows.bytea(place)
    rows.timestamptz(leaf.at)
  }
  await store.copyIn(tx, rows)
}

export async function keepGrowth(tx: Tx, { size, tiles }: Grown, note: string, at: number): Promise<void> {
  for (const { level, index, hashes } of tiles)
    await tx`insert into ledger_tile (level, no, hashes) values (${level}, ${index}, ${Buffer.from(hashes)})
      on conflict (level, no) do update set hashes = excluded.hashes`
  await tx`insert into ledger_checkpoint (size, note, created_at) values (${size}, ${note}, ${new Date(at)})`
}
