/**
 * What a scan finds: a tree of parts with their places in the bytes, enough for IMAP's BODYSTRUCTURE and
 * ENVELOPE (RFC 9051 §7.5.2) without another look at the header.
 *
 * Two promises make the tree safe to print. A part of type "multipart" has at least one child, and one of type
 * "message/rfc822" or "message/global" has exactly one, the message inside. What only claims to be such (no
 * boundary, no delimiter, an encoding, a limit) is relabelled text/plain or application/octet-stream and has
 * no parameters; its own field still says what it claimed.
 */
import type { Field } from "./fields.ts"
import type { TruncatedBy } from "./limits.ts"
import type { ContentType, Disposition, Parameter } from "./parameters.ts"

export interface Part {
  /** Lower case, after the rule above. */
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly Parameter[]
  /** Lower case; "7bit" where nothing is said (RFC 2045 §6.1). */
  readonly encoding: string
  readonly disposition: Disposition | undefined
  /** Content-ID with its angle brackets, trimmed. */
  readonly id: string | undefined
  /** Not decoded: may hold encoded words. */
  readonly description: string | undefined
  readonly md5: string | undefined
  readonly languages: readonly string[]
  readonly location: string | undefined
  readonly fields: readonly Field[]
  /** The header with its empty line is [start, bodyStart), the body [bodyStart, end), as offsets of the scan. */
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  /** Line feeds of the body; counted for text and message parts, undefined for others. */
  readonly lines: number | undefined
  readonly parts: readonly Part[]
}

export interface MessageScan {
  readonly bytes: Buffer
  readonly root: Part
  /** Limits that cut something off; empty for nearly every message. */
  readonly truncated: readonly TruncatedBy[]
}

export type { ContentType, Disposition, Parameter }

/** Octets of the body as transferred. */
export function octetsOf(part: Part): number {
  return part.end - part.bodyStart
}

/** A tree of parts, as far as its numbers need it. */
export interface PartTree<P> {
  readonly type: string
  readonly parts: readonly P[]
}

/** The part that IMAP numbers so, [] the whole; the one part of a plain message is [1] (RFC 9051 §6.4.5.1). */
export function partAt<P extends PartTree<P>>(root: P, path: readonly number[]): P | undefined {
  let part = root
  for (const [depth, number] of path.entries()) {
    // The number of a message/rfc822 part stands for its wrapping; the next one counts inside the message.
    const holder = depth > 0 && part.type === "message" && part.parts[0] !== undefined ? part.parts[0] : part
    const child = holder.type === "multipart" ? holder.parts[number - 1] : number === 1 ? holder : undefined
    if (child === undefined || (child === part && depth > 0)) return undefined
    part = child
  }
  return part
}
