import type { Capabilities } from "./capabilities.ts"
import type { Envelope } from "./envelope.ts"
import type { ClientLimits } from "./limits.ts"
import type { OpeningOptions } from "./opening.ts"
import type { ClientEnd, ClientStep, RecipientOutcome } from "./outcome.ts"

/** What the owner of a client gives it, and what it tells its owner. */
export interface ClientOptions extends OpeningOptions {
  readonly limits: ClientLimits
  /** TLS stands from the first octet on. `verified`: as with `secured`. */
  readonly secure?: Tls
}

export interface Tls {
  /** Was the far side's certificate found to be that of the server that is meant, by DANE, MTA-STS or its name? */
  readonly verified: boolean
}

export type ClientEvent =
  /** Begin the handshake, push nothing until it is over, then say `secured`; or `lost`, where it fails. */
  | { readonly kind: "start-tls" }
  /** Answer with `respond`. */
  | { readonly kind: "challenge"; readonly mechanism: string; readonly bytes: Uint8Array }
  /** Go on with `send` or `quit`; at leisure, but the far side may say 421 meanwhile. */
  | { readonly kind: "ready"; readonly capabilities: Capabilities; readonly secure: boolean }
  /** Go on with `give`. Told when the output was taken: whoever waits for it to be written holds one piece at most. */
  | { readonly kind: "text-wanted" }
  | {
      readonly kind: "transaction-over"
      readonly envelope: Envelope
      /** In the order of the envelope's recipients. */
      readonly outcomes: readonly RecipientOutcome[]
      /** False where the far side has no DSN, so that reports that were asked for are ours to write: RFC 3461 §5.2.2. */
      readonly dsnPassedOn: boolean
    }
  /** The last of all: write the output, and close. */
  | { readonly kind: "closing"; readonly end: ClientEnd }

/** What the client waits for; `owner` where it is not the far side. */
export type ClientWaiting = ClientStep | "handshake" | "owner"
