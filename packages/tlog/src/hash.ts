/**
 * The hashes of a Merkle tree (RFC 6962 §2.1), always SHA-256. Leaves and inner nodes are told apart by their first
 * octet, so that no inner node can be passed off as a leaf.
 */
import { createHash } from "node:crypto"

export const HASH_BYTES = 32

const leafPrefix = Uint8Array.of(0x00) // RFC 6962 §2.1: MTH({d(0)}) = SHA-256(0x00 || d(0))
const nodePrefix = Uint8Array.of(0x01) // RFC 6962 §2.1: SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))

export function hashLeaf(data: Uint8Array): Buffer {
  return createHash("sha256").update(leafPrefix).update(data).digest()
}

export function hashNodes(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash("sha256").update(nodePrefix).update(left).update(right).digest()
}

/** The root of a tree without leaves: MTH({}) = SHA-256() (RFC 6962 §2.1). */
export function emptyRoot(): Buffer {
  return createHash("sha256").digest()
}

export function isHash(value: Uint8Array): boolean {
  return value.length === HASH_BYTES
}

/** Roots and proofs are public; nothing is given away by how long a comparison takes. */
export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, at) => octet === other[at])
}
