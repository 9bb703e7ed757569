/**
 * Where tiles lie below a log's prefix (C2SP tlog-tiles, "Merkle Tree" and "Log entries"):
 *
 *     path  = "tile/" level "/" index [ ".p/" width ]
 *     level = 0 to 63 without leading zeros, or "entries"
 *     index = groups of three digits, each but the last with an "x" before it: 1234067 is x001/x234/067
 *     width = 1 to 255 without leading zeros: a partial tile; a full one has 256 and no suffix
 *
 * A number has one form alone; every other is refused.
 */
import { isTreeSize } from "./tree-size.ts"

/** Hashes or entries in a full tile. */
export const TILE_WIDTH = 256

/** A tile of the tree: hashes of subtrees of 256^level leaves; or a bundle of the entries themselves. */
export type TileLevel = number | "entries"

export interface TileId<Level extends TileLevel = number> {
  readonly level: Level
  /** From 0, within its level. */
  readonly index: number
  /** 1 to 256. */
  readonly width: number
}

const maxLevel = 63
/** tile/entries/, five groups of digits and a width. */
const maxPathLength = 64

export function tilePath(level: TileLevel, index: number, width: number = TILE_WIDTH): string {
  const isLevel = level === "entries" || (Number.isInteger(level) && level >= 0 && level <= maxLevel)
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH
  if (!isLevel || !isTreeSize(index) || !isWidth) throw new RangeError("there is no such tile")
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? []
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/")
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`
}

/** Reads what `tilePath` writes; undefined for anything else. */
export function parseTilePath(path: string): TileId<TileLevel> | undefined {
  if (path.length > maxPathLength) return undefined
  const [head, level = "", ...rest] = path.split("/")
  const width = rest.at(-2)?.endsWith(".p") ? Number(rest.pop()) : TILE_WIDTH
  const digits = rest.join("").replaceAll("x", "").replace(/\.p$/, "")
  if (head !== "tile" || !/^(entries|\d{1,2})$/.test(level) || !/^\d{3,18}$/.test(digits)) return undefined
  const tile = { level: level === "entries" ? level : Number(level), index: Number(digits), width } as const
  const isThere = tile.level === "entries" || tile.level <= maxLevel
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH
  if (!isThere || !isTreeSize(tile.index) || !isWidth) return undefined
  return tilePath(tile.level, tile.index, tile.width) === path ? tile : undefined
}
