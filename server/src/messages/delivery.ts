import type { AccountId, MailboxId } from "../store/index.ts"
import type { MailboxRole } from "./mailboxes.ts"

/** One message that is to be kept for one account, wherever it comes from. */
export interface Message {
  readonly account: AccountId
  readonly keywords: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** The message, as pieces that follow one another. Recipients of one message share its bytes. */
  readonly parts: readonly Uint8Array[]
  /** Keyed hashes of its Message-ID and References, 16 bytes each. */
  readonly threadHashes: readonly Buffer[]
  /** What lists and searches need of it: see entry.ts. Sealed when the message has its number. */
  readonly entry: Buffer
}

/** A mailbox that a message is put into. One that its owner removed meanwhile gives way to the inbox. */
export type Destination = (
  | { readonly kind: "role"; readonly role: MailboxRole }
  | { readonly kind: "mailbox"; readonly mailbox: MailboxId }
) & {
  /** Marked there for deletion (RFC 9051 §2.3.2). */
  readonly deleted?: boolean
}

/** One message on its way into one account: one email, which may stand in several mailboxes. */
export interface Delivery extends Message {
  /** A mailbox that is named twice has it once. */
  readonly into: readonly [Destination, ...Destination[]]
}

export const toInbox: Delivery["into"] = [{ kind: "role", role: "inbox" }]

/** A body is cut so that reading a part of a large one does not open all of it. Octets. */
export const bodyChunkBytes = 256 * 1024

/** Octets of the message as it will be kept. */
export function sizeOf({ parts }: Pick<Delivery, "parts">): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

export interface BodyChunk {
  readonly plain: Uint8Array
  readonly final: boolean
}

/** The body in chunks of `bodyChunkBytes`, the last one shorter; an empty body has one. Copies only across parts. */
export function* cutBody(delivery: Pick<Delivery, "parts">): Iterable<BodyChunk> {
  let left = sizeOf(delivery)
  let held: Uint8Array[] = []
  let heldBytes = 0
  for (const part of delivery.parts)
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + bodyChunkBytes - heldBytes)
      held.push(taken)
      heldBytes += taken.length
      at += taken.length
      left -= taken.length
      if (heldBytes < bodyChunkBytes || left === 0) continue
      yield { plain: joined(held), final: false }
      held = []
      heldBytes = 0
    }
  yield { plain: joined(held), final: true }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}
