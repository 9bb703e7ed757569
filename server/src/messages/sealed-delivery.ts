import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/index.ts"
import { SEAL_OVERHEAD_BYTES, type SealedParts, type SealKey, sealParts } from "../vaults/index.ts"
import type { MailboxRole } from "./mailboxes.ts"

/** One message on its way into one account. */
export interface Delivery {
  readonly account: AccountId
  readonly role: MailboxRole
  readonly keywords: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** The message, as pieces that follow one another. */
  readonly parts: readonly Uint8Array[]
  /** Keyed hashes of its Message-ID and References, 16 bytes each. */
  readonly threadHashes: readonly Buffer[]
  /** What lists and searches need of it: see entry.ts. Sealed when the message has its number. */
  readonly entry: Buffer
}

export interface SealedDelivery extends Omit<Delivery, "parts"> {
  readonly key: SealKey
  /** 16 random bytes: a body's name says nothing of its content. */
  readonly bodyId: Buffer
  readonly chunks: readonly SealedParts[]
  /** Octets of the message as it came. */
  readonly size: number
  /** Octets held for it until it is written. */
  readonly bytes: number
}

/** A body is cut so that reading a part of a large one does not open all of it (MODEL). Octets. */
export const bodyChunkBytes = 256 * 1024

export function sealDelivery(delivery: Delivery, key: SealKey, chance: Chance): SealedDelivery {
  const { parts, ...rest } = delivery
  const bodyId = chance.bytes(16)
  const id = bodyId.toString("hex")
  const whole = Buffer.concat(parts)
  const count = Math.max(1, Math.ceil(whole.length / bodyChunkBytes))
  const chunks: SealedParts[] = []
  for (let chunk = 0; chunk < count; chunk++) {
    const plain = whole.subarray(chunk * bodyChunkBytes, (chunk + 1) * bodyChunkBytes)
    const what = { account: delivery.account, kind: "body", id, chunk, final: chunk === count - 1 } as const
    chunks.push(sealParts(key, what, plain, chance))
  }
  const sealedBytes = whole.length + count * SEAL_OVERHEAD_BYTES
  return { ...rest, key, bodyId, chunks, size: whole.length, bytes: sealedBytes + delivery.entry.length }
}
