/**
 * The octets of a message that is too large to be held. They are asked for a window at a time, and the client is
 * waited for between two: a slow client never keeps the database waiting.
 */
import type { Out } from "../../handler.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import type { Span } from "./locate.ts"

/** Octets of a window; a body is sealed in chunks of 256 KiB, so it is four of them. */
const windowOctets = 1024 * 1024

export interface KeptBody {
  /** Where it lies. */
  readonly body: Buffer
}

export type ReadParts = Pick<OpenMailbox, "mail" | "privacy">

/** Hands the octets on piece by piece, each inside a permit; after every window it waits for `out`, where one is given. */
export async function readOctets(
  parts: ReadParts,
  { body }: KeptBody,
  span: Span,
  use: (piece: Buffer) => void,
  out?: Out,
): Promise<void> {
  let at = span.from
  while (at < span.to) {
    const end = Math.min(span.to, at - (at % windowOctets) + windowOctets)
    for await (const piece of parts.mail.body(body, at, end))
      await reading(parts, async permit => use(piece.open(permit)))
    at = end
    if (out?.isFull === true) await out.drained()
  }
}
