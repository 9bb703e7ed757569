/**
 * The Merkle tree of RFC 6962 §2.1 once more, in the plainest way: from all leaf hashes, without proofs and without
 * the program's own code, so that a mistake there does not hide itself here.
 */
import { createHash } from "node:crypto"

export function leafHash(data: Uint8Array): Buffer {
  return createHash("sha256").update(Buffer.of(0)).update(data).digest()
}

/** MTH over the leaves from `begin` to before `end`. */
export function plainRoot(leaves: readonly Uint8Array[], begin = 0, end: number = leaves.length): Buffer {
  if (end === begin) return createHash("sha256").digest()
  if (end - begin === 1) return Buffer.from(leaves[begin] ?? [])
  let width = 1
  while (width * 2 < end - begin) width *= 2
  const left = plainRoot(leaves, begin, begin + width)
  const right = plainRoot(leaves, begin + width, end)
  return createHash("sha256").update(Buffer.of(1)).update(left).update(right).digest()
}
