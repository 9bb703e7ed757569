/**
 * Roots and proofs of a tree whose complete subtrees lie somewhere: in tiles, in a database, in memory. Everything
 * that is needed is asked for at once, at most some 2,800 hashes for the largest proof, 150 for one of a million.
 */
import { emptyRoot, hashNodes, isHash } from "./hash.ts"
import { consistencyRanges, inclusionRanges, type Node, nodesOf, type Range } from "./nodes.ts"
import { refuseBadSize } from "./tree-size.ts"

/** Gives the hashes of these complete subtrees, 32 octets each, in the same order. */
export type ReadNodes = (nodes: readonly Node[]) => Promise<readonly Uint8Array[]>

/** The root over the first `size` leaves, 32 octets. */
export async function rootOf(size: number, read: ReadNodes): Promise<Uint8Array> {
  refuseBadSize(size, "the size of a tree")
  if (size === 0) return emptyRoot()
  const [root] = await hashRanges([{ begin: 0, end: size }], read)
  if (root === undefined) throw new Error("a range has no hash")
  return root
}

/** The audit path of leaf `leaf` (from 0) in the tree of `size` leaves: at most 53 hashes, from the leaf up. */
export async function inclusionProof(
  leaf: number,
  size: number,
  read: ReadNodes,
): Promise<readonly Uint8Array[]> {
  refuseBadSize(size, "the size of a tree")
  refuseBadSize(leaf, "the number of a leaf")
  if (leaf >= size) throw new RangeError(`leaf ${leaf} is not in a tree of ${size}`)
  return hashRanges(inclusionRanges(leaf, size), read)
}

/** The proof that the tree of `to` leaves begins with the tree of `from`; empty where either is nothing or the whole. */
export async function consistencyProof(
  from: number,
  to: number,
  read: ReadNodes,
): Promise<readonly Uint8Array[]> {
  refuseBadSize(from, "the size of the older tree")
  refuseBadSize(to, "the size of the newer tree")
  if (from > to) throw new RangeError(`a tree of ${to} does not grow from one of ${from}`)
  return hashRanges(consistencyRanges(from, to), read)
}

async function hashRanges(ranges: readonly Range[], read: ReadNodes): Promise<readonly Uint8Array[]> {
  const wanted = ranges.map(nodesOf)
  const hashes = await read(wanted.flat())
  let at = 0
  return wanted.map(nodes => {
    const own = hashes.slice(at, at + nodes.length)
    at += nodes.length
    if (own.length < nodes.length) throw new RangeError("fewer hashes came than were asked for")
    return joinSubtrees(own)
  })
}

/** One hash of those of a range's complete subtrees, left to right: the smaller ones at the right are joined first. */
export function joinSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  if (!hashes.every(isHash)) throw new RangeError("a stored hash does not have 32 octets")
  const last = hashes.at(-1)
  if (last === undefined) throw new RangeError("there is no hash to join")
  return hashes.slice(0, -1).reduceRight((right, left) => hashNodes(left, right), last)
}
