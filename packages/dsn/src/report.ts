import type { EnhancedCode } from "./status.ts"
import type { Typed } from "./typed-value.ts"

/**
 * What became of a message, as values: what is written into delivery status notifications and what is read from those
 * of others (RFC 3464 §2).
 */
export interface DeliveryReport {
  /** What the sender called this sending, by ENVID (RFC 3461 §4.4), decoded. */
  readonly envelopeId?: string
  /** Who reports. */
  readonly reportingMta?: Typed
  /** Who gave the message to the one that reports. */
  readonly receivedFrom?: Typed
  /** Milliseconds since 1970; whole seconds where it was written by us. */
  readonly arrivedAt?: number
  /** How the sender had asked for a time to send: "for;3600", "until;2026-12-01T09:00:00Z" (RFC 4865). */
  readonly futureRelease?: string
  readonly recipients: readonly ReportedRecipient[]
}

/** RFC 3464 §2.3.3 */
export type Action = "failed" | "delayed" | "delivered" | "relayed" | "expanded"

export const actions: readonly Action[] = ["failed", "delayed", "delivered", "relayed", "expanded"]

export interface ReportedRecipient {
  /** What the sender had called this recipient, by ORCPT (RFC 3461 §4.2), decoded. */
  readonly original?: Typed
  /** The address that it came down to. */
  readonly final: Typed
  readonly action: Action
  readonly status: EnhancedCode
  /** The server that said so; absent where the one that reports found it out by itself. */
  readonly remoteMta?: Typed
  /** The words of that server, such as type "smtp", "550 5.1.1 no such user". */
  readonly diagnostic?: Typed
  /** Milliseconds since 1970. */
  readonly lastTriedAt?: number
  /** Until when it is tried, for "delayed". */
  readonly triedUntil?: number
}
