/** What the bench and its sink, a process of its own, say to each other. */

export type SinkOrder =
  /** Hangs up on everybody and greets nobody until `open`, so that queues fill. Forgets what it counted. */
  | { readonly kind: "close" }
  /** Greets those who wait. Forgets what it counted where it was open. */
  | { readonly kind: "open"; readonly total: number }
  | { readonly kind: "tell" }

export type SinkReport =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "done" }
  /** As many different mails as were wanted are here. */
  | { readonly kind: "reached" }
  | {
      readonly kind: "told"
      /** Mails that were taken, and how many of them were different ones. */
      readonly taken: number
      readonly different: number
      /** The first, whole, latin1. */
      readonly first: string
      /** CPU seconds of the sink since it began. */
      readonly cpu: number
    }
