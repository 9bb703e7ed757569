/** What a bench and its client, a process of its own, say to each other. */
import type { Where } from "./connection.ts"

export type Order =
  /** Appends the messages of a corpus file, so many a command. */
  | {
      readonly kind: "fill"
      readonly where: Where
      readonly mailbox: string
      readonly corpus: CorpusFile
      readonly perCommand: number
    }
  /** The given commands in turn, again and again, on each connection, for so long. */
  | {
      readonly kind: "repeat"
      readonly where: Where
      readonly connections: number
      readonly milliseconds: number
      /** Commands under way at a time on a connection: 1 waits for each answer (RFC 9051 §5.5). */
      readonly window: number
      readonly commands: readonly string[]
    }
  /** Each command once, on a connection of its own or all on one; the answers count. */
  | {
      readonly kind: "once"
      readonly where: Where
      readonly fresh: boolean
      readonly commands: readonly string[]
    }

export interface CorpusFile {
  readonly file: string
  /** Where each message ends. */
  readonly ends: readonly number[]
}

export type Report =
  | {
      readonly kind: "done"
      /** Commands that were answered. */
      readonly count: number
      readonly octets: number
      /** Milliseconds. */
      readonly elapsed: number
      /** Milliseconds of each command, in the order of their ends. */
      readonly latencies: readonly number[]
      /** What the server said before each tagged line; of "once" alone. */
      readonly answers: readonly string[]
      /** CPU seconds of the client. */
      readonly cpu: number
    }
  | { readonly kind: "failed"; readonly text: string }

export type Done = Extract<Report, { kind: "done" }>
