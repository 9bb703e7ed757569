/**
 * The sealed index: what lists and searches need of every message, readable in a live session alone. Arrivals leave
 * sealed entries; a live session merges them, in the background, into sealed segments.
 */
import type { EmailId } from "../../store/index.ts"
import type { Structure } from "../structure.ts"

/** Of one message, what a list shows. */
export interface Summary {
  readonly email: EmailId
  /** Octets written above the message when it was kept; offsets in `structure` count from behind them. */
  readonly traceBytes: number
  readonly messageBytes: number
  /** Something was too long for the limits of an entry: only the body has all of it. */
  readonly cut: boolean
  /** `(…)` as ENVELOPE, BODYSTRUCTURE and BODY want it, ready to be sent; binary strings, one character an octet. */
  readonly envelope: string
  readonly bodyStructure: string
  readonly body: string
  readonly preview: string
  /** Read when asked for. */
  fields(): Readonly<Record<string, string>>
  structure(): Structure
  screening(): { readonly kind: string; readonly reasons: readonly { code: string; sentence: string }[] }
}
