/**
 * The tree as tiles (C2SP tlog-tiles, "Merkle Tree"): a tile holds the hashes of up to 256 neighbouring subtrees of
 * 256^level leaves. Only the last tile of each level is ever partial; these are the *edge*, and the edge alone is
 * needed to grow the tree and to know its root.
 */
import { emptyRoot, HASH_BYTES, hashNodes } from "./hash.ts"
import { type Node, nodesOf } from "./nodes.ts"
import { TILE_WIDTH, type TileId } from "./tile-path.ts"
import { joinSubtrees, type ReadNodes } from "./tree.ts"
import { refuseBadSize } from "./tree-size.ts"

export interface Tile extends TileId {
  /** `width` hashes of 32 octets, one after another. */
  readonly hashes: Uint8Array
}

const tileBits = 8 // log2 of TILE_WIDTH

/** The width that a tile has in a tree of `size`; 0 when it has none there. */
export function tileWidth(level: number, index: number, size: number): number {
  const atLevel = Math.floor(size / TILE_WIDTH ** level)
  return Math.max(0, Math.min(TILE_WIDTH, atLevel - index * TILE_WIDTH))
}

/** The partial tiles of a tree of `size`, lowest level first: at most seven. */
export function edgeTiles(size: number): readonly TileId[] {
  refuseBadSize(size, "the size of a tree")
  const edge: TileId[] = []
  for (let level = 0, atLevel = size; atLevel > 0; level += 1) {
    const width = atLevel % TILE_WIDTH // C2SP tlog-tiles, "Partial Tiles"
    if (width > 0) edge.push({ level, index: Math.floor(atLevel / TILE_WIDTH), width })
    atLevel = Math.floor(atLevel / TILE_WIDTH)
  }
  return edge
}

export interface Grown {
  readonly size: number
  readonly root: Uint8Array
  /** What is new: full tiles, and the partial ones of the new size that the old one did not have. */
  readonly tiles: readonly Tile[]
  /** The edge of the new tree, for the next growth. */
  readonly edge: readonly Tile[]
}

/**
 * The tree of `size` with these leaves after it. `edge`: what `edgeTiles(size)` names, with its hashes. Work grows
 * with the number of leaves, not with the tree; nothing is kept.
 */
export function growTiles(size: number, edge: readonly Tile[], leafHashes: readonly Uint8Array[]): Grown {
  refuseWrongEdge(size, edge)
  const tiles: Tile[] = []
  const newEdge: Tile[] = []
  let added = leafHashes
  let atLevel = size
  for (let level = 0; added.length > 0 || atLevel > 0; level += 1) {
    const before = edge.find(tile => tile.level === level)
    const hashes = [...(before === undefined ? [] : splitHashes(before)), ...added]
    const isChanged = added.length > 0
    const carried: Uint8Array[] = []
    for (let at = 0; at < hashes.length; at += TILE_WIDTH) {
      const own = hashes.slice(at, at + TILE_WIDTH)
      const index = Math.floor(atLevel / TILE_WIDTH) + at / TILE_WIDTH
      const tile = { level, index, width: own.length, hashes: Buffer.concat(own) }
      if (isChanged) tiles.push(tile)
      if (own.length < TILE_WIDTH) newEdge.push(tile)
      else carried.push(subtreeHash(own)) // a partial tile must not be hashed into the level above
    }
    added = carried
    atLevel = Math.floor(atLevel / TILE_WIDTH)
  }
  const grown = size + leafHashes.length
  refuseBadSize(grown, "the size of the grown tree")
  return { size: grown, root: rootOfEdge(grown, newEdge), tiles, edge: newEdge }
}

/** The root of the tree of `size` from its partial tiles alone. */
export function rootOfEdge(size: number, edge: readonly Tile[]): Uint8Array {
  refuseWrongEdge(size, edge)
  if (size === 0) return emptyRoot()
  return joinSubtrees(nodesOf({ begin: 0, end: size }).map(node => nodeIn(edge, node, size)))
}

/** Gives the hashes of these tiles, in the same order. */
export type ReadTiles = (tiles: readonly TileId[]) => Promise<readonly Uint8Array[]>

/** Reads the nodes of a tree of `size` from its tiles, each tile once. Throws a RangeError on a tile of wrong length. */
export function nodesFromTiles(size: number, read: ReadTiles): ReadNodes {
  return async nodes => {
    const wanted = new Map<string, TileId>()
    for (const node of nodes) {
      const tile = tileOf(node, size)
      wanted.set(`${tile.level}/${tile.index}`, tile)
    }
    const ids = [...wanted.values()]
    const contents = await read(ids)
    const tiles = ids.map((id, at) => checkedTile(id, contents[at]))
    return nodes.map(node => nodeIn(tiles, node, size))
  }
}

/** The tiles of a tree of `size` that hold all of its leaf hashes. */
export function leafTiles(size: number): readonly TileId[] {
  refuseBadSize(size, "the size of a tree")
  return Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, index) => ({
    level: 0,
    index,
    width: tileWidth(0, index, size),
  }))
}

/** The hashes of a tile, in order. */
export function splitHashes({ width, hashes }: Tile): readonly Uint8Array[] {
  return Array.from({ length: width }, (_, at) => hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
}

function tileOf({ level, index }: Node, size: number): TileId {
  const tileLevel = Math.floor(level / tileBits)
  const first = index * 2 ** (level % tileBits)
  const tileIndex = Math.floor(first / TILE_WIDTH)
  return { level: tileLevel, index: tileIndex, width: tileWidth(tileLevel, tileIndex, size) }
}

function nodeIn(tiles: readonly Tile[], node: Node, size: number): Uint8Array {
  const { level, index } = tileOf(node, size)
  const tile = tiles.find(candidate => candidate.level === level && candidate.index === index)
  const count = 2 ** (node.level % tileBits)
  const first = node.index * count - index * TILE_WIDTH
  if (tile === undefined || first + count > tile.width)
    throw new RangeError(`tile ${level}/${index} does not hold what was asked for`)
  return subtreeHash(splitHashes(tile).slice(first, first + count))
}

/** The hash over a power of two of neighbouring hashes. */
function subtreeHash(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, at) => {
      const [left, right] = row.slice(2 * at, 2 * at + 2)
      if (left === undefined || right === undefined) throw new RangeError("a subtree is not complete")
      return hashNodes(left, right)
    })
  const [root] = row
  if (root === undefined) throw new RangeError("a subtree has no hash")
  return root
}

function checkedTile(id: TileId, hashes: Uint8Array | undefined): Tile {
  if (hashes?.length !== id.width * HASH_BYTES)
    throw new RangeError(`tile ${id.level}/${id.index} does not have ${id.width} hashes`)
  return { ...id, hashes }
}

function refuseWrongEdge(size: number, edge: readonly Tile[]): void {
  const wanted = edgeTiles(size)
  const fits =
    wanted.length === edge.length &&
    wanted.every(({ level, index, width }, at) => {
      const tile = edge[at]
      return (
        tile?.level === level &&
        tile.index === index &&
        tile.width === width &&
        tile.hashes.length === width * HASH_BYTES
      )
    })
  if (!fits) throw new RangeError(`these are not the partial tiles of a tree of ${size}`)
}
