import { createHash } from "node:crypto"
import { hashLeaf } from "./hash.ts"
import type { Node } from "./nodes.ts"
import type { ReadNodes } from "./tree.ts"

/** MTH of RFC 6962 §2.1, word for word: what the code under test is compared with. */
export function plainRoot(data: readonly Uint8Array[]): Buffer {
  const [only] = data
  if (only === undefined) return createHash("sha256").digest()
  if (data.length === 1) return createHash("sha256").update(Uint8Array.of(0)).update(only).digest()
  let k = 1
  while (k * 2 < data.length) k *= 2
  const sides = [plainRoot(data.slice(0, k)), plainRoot(data.slice(k))]
  return createHash("sha256")
    .update(Buffer.concat([Uint8Array.of(1), ...sides]))
    .digest()
}

/** Reads nodes of a tree over these leaves by hashing them anew, and refuses any that is not complete. */
export function readFromLeaves(data: readonly Uint8Array[]): ReadNodes {
  return async nodes =>
    nodes.map(({ level, index }: Node) => {
      const own = data.slice(index * 2 ** level, (index + 1) * 2 ** level)
      if (own.length !== 2 ** level) throw new Error(`subtree ${level}/${index} is not complete`)
      return plainRoot(own)
    })
}

/** Leaves that all differ. */
export function someLeaves(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`leaf ${at}`))
}

export const hashesOf = (data: readonly Uint8Array[]): readonly Buffer[] => data.map(hashLeaf)

/** The hash with one bit turned. */
export function altered(hash: Uint8Array, bit = 0): Uint8Array {
  return hash.map((octet, at) => (at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet))
}
