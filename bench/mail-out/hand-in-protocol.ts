/** What the bench and its generator of mails, a process of its own, say to each other. */

export interface HandInOrder {
  readonly kind: "prepare"
  readonly port: number
  /** Mails are numbered from 0 to count - 1; the number is in the recipient's address. */
  readonly count: number
  /** One for each connection. */
  readonly writers: readonly {
    readonly address: string
    /** For AUTH PLAIN. */
    readonly proof?: string
  }[]
}

/** `go`: those who are greeted and signed in begin. */
export type GeneratorOrder = HandInOrder | { readonly kind: "go" }

export type GeneratorReport =
  | { readonly kind: "ready" }
  | {
      readonly kind: "done"
      /** Milliseconds from "go" to the last 250. */
      readonly elapsed: number
      /** Milliseconds from the end of a mail's writing to its 250. */
      readonly latencies: readonly number[]
      readonly cpu: number
    }
  | { readonly kind: "failed"; readonly text: string }
