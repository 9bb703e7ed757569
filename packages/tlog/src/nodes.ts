/**
 * Which stored hashes make up a root or a proof. Stored are the complete subtrees alone: those of 2^level leaves
 * that begin at a multiple of 2^level. They never change once their last leaf is there, which is why a log may be
 * kept and served as them. Every other hash is made of a few of these.
 */
import { log2Floor, splitPoint } from "./tree-size.ts"

/** The complete subtree over the leaves from `index` · 2^`level`, 2^`level` of them. */
export interface Node {
  readonly level: number
  readonly index: number
}

/** Leaves from `begin` to before `end`: a subtree as RFC 6962 §2.1 splits them, complete or not. */
export interface Range {
  readonly begin: number
  readonly end: number
}

/** The complete subtrees of a range from left to right, each smaller than the one before; at most 53. */
export function nodesOf({ begin, end }: Range): readonly Node[] {
  const nodes: Node[] = []
  for (let at = begin; at < end; ) {
    const level = log2Floor(end - at)
    nodes.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return nodes
}

/** What a proof that leaf number `leaf` is in the tree consists of, from the leaf up: PATH of RFC 6962 §2.1.1. */
export function inclusionRanges(leaf: number, size: number): readonly Range[] {
  const ranges: Range[] = []
  let begin = 0
  let end = size
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin)
    if (leaf < middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  return ranges.reverse()
}

/** What a proof that the first `from` of `to` leaves are as they were consists of: PROOF of RFC 6962 §2.1.2. */
export function consistencyRanges(from: number, to: number): readonly Range[] {
  if (from === 0 || from === to) return []
  const ranges: Range[] = []
  let begin = 0
  let end = to
  let isWholeOldTree = true
  while (end !== from) {
    const middle = begin + splitPoint(end - begin)
    if (from <= middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
      isWholeOldTree = false
    }
  }
  // The old root itself is known to whoever checks; any smaller piece of the old tree has to be told.
  if (!isWholeOldTree) ranges.push({ begin, end })
  return ranges.reverse()
}
