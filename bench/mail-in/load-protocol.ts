/** What the bench and its generator of load, a process of its own, say to each other. */

export const RECIPIENTS = 1_000
export const RECIPIENT_DOMAIN = "bench.example"

export interface CorpusFile {
  /** All messages behind one another, dot-stuffed, each with its final CRLF "." CRLF. */
  readonly file: string
  readonly messages: readonly { readonly start: number; readonly end: number; readonly from: string }[]
}

export interface LoadOrder {
  readonly port: number
  readonly count: number
  /** Sessions open at a time. */
  readonly connections: number
  /** Messages of one session, pipelined (RFC 2920). */
  readonly perSession: number
  /** The n-th message goes to recipient (n + shift) mod RECIPIENTS. */
  readonly shift: number
}

export type LoadReport =
  | {
      readonly kind: "done"
      /** Milliseconds from the end of the content's writing to its 250, for each message. */
      readonly latencies: readonly number[]
      /** Milliseconds from the first connection to the last 250. */
      readonly elapsed: number
      /** CPU seconds of the generator. */
      readonly cpu: number
    }
  | { readonly kind: "failed"; readonly text: string }
