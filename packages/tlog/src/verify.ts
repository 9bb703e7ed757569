/**
 * Checking proofs against roots. False covers everything that is wrong with one: a hash, an order, a length, an
 * index or a size. Whatever is given may come from a stranger.
 */
import { emptyRoot, hashNodes, isHash, sameHash } from "./hash.ts"
import { inclusionSides } from "./inclusion-sides.ts"
import { half, isOdd, isTreeSize } from "./tree-size.ts"

export interface InclusionClaim {
  readonly leafHash: Uint8Array
  /** The leaf's number, from 0. */
  readonly leaf: number
  readonly size: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the leaf with this hash has this number in the tree with this root. */
export function verifyInclusion({ leafHash, leaf, size, root, proof }: InclusionClaim): boolean {
  const sides = inclusionSides(leaf, size)
  if (sides === undefined || sides.length !== proof.length) return false
  if (!isHash(leafHash) || !isHash(root) || !proof.every(isHash)) return false
  const found = proof.reduce(
    (soFar, hash, at) => (sides[at] === "left" ? hashNodes(hash, soFar) : hashNodes(soFar, hash)),
    leafHash,
  )
  return sameHash(found, root)
}

export interface ConsistencyClaim {
  readonly from: number
  readonly fromRoot: Uint8Array
  readonly to: number
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the tree of `to` leaves begins with the tree of `from`: nothing old was changed, dropped or moved. */
export function verifyConsistency({ from, fromRoot, to, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isTreeSize(from) || !isTreeSize(to) || from > to) return false
  if (!isHash(fromRoot) || !isHash(toRoot) || !proof.every(isHash)) return false
  if (to === 0 && !sameHash(toRoot, emptyRoot())) return false
  if (from === 0) return proof.length === 0 && sameHash(fromRoot, emptyRoot())
  if (from === to) return proof.length === 0 && sameHash(fromRoot, toRoot)
  const roots = rootsByProof(from, to, fromRoot, proof)
  return roots !== undefined && sameHash(roots.old, fromRoot) && sameHash(roots.grown, toRoot)
}

interface Roots {
  readonly old: Uint8Array
  readonly grown: Uint8Array
}

/** Both roots as the proof has them, by RFC 9162 §2.1.4.2; undefined when it is too short or too long. */
function rootsByProof(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  proof: readonly Uint8Array[],
): Roots | undefined {
  let here = from - 1 // fn and sn of RFC 9162 §2.1.4.2
  let last = to - 1
  while (isOdd(here)) {
    here = half(here)
    last = half(last)
  }
  // A whole old tree begins with its root, which the proof leaves out: then `here` has come down to 0.
  const [first, ...rest] = here === 0 ? [fromRoot, ...proof] : proof
  if (first === undefined) return undefined
  let old = first
  let grown = first
  for (const hash of rest) {
    if (last === 0) return undefined
    if (isOdd(here) || here === last) {
      old = hashNodes(hash, old)
      grown = hashNodes(hash, grown)
      while (!isOdd(here) && here !== 0) {
        here = half(here)
        last = half(last)
      }
    } else grown = hashNodes(grown, hash)
    here = half(here)
    last = half(last)
  }
  return last === 0 ? { old, grown } : undefined
}
