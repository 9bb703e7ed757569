import type { Command } from "../command.ts"

/** What the reader has heard, in the order of the bytes. */
export type Heard =
  | { readonly kind: "command"; readonly tag: string; readonly command: Command }
  | LiteralAnnounced
  /** Asked for by `expectLine`; without its CRLF. */
  | { readonly kind: "line"; readonly line: Buffer }
  | Bad
  /**
   * Answer NO: a message, or what an APPEND brings in all, is larger than the limit (RFC 7889 §4). As with `bad`,
   * nothing is to be done but to say so.
   */
  | { readonly kind: "refused"; readonly tag: string; readonly code: "TOOBIG"; readonly text: string }
  /** Say BYE and close: what follows cannot be told from commands any more. `next` gives nothing else after it. */
  | { readonly kind: "lost"; readonly text: string }

/**
 * A literal is about to come; all before it is well formed and within the limits. The reader stands still until
 * `takeLiteral` or `refuseLiteral`. Where it `waits`, the door writes a "+ …" line before it takes it.
 */
export interface LiteralAnnounced {
  readonly kind: "literal"
  readonly tag: string
  /** The command's name in upper case, without UID: "APPEND", "SEARCH". */
  readonly verb: string
  readonly octets: number
  readonly waits: boolean
  /** It is a message of APPEND or REPLACE, which may be large; else a short string. */
  readonly message: boolean
}

/** Answer BAD, tagged, or untagged where the line has no tag. The command is dropped, and the next one is read. */
export interface Bad {
  readonly kind: "bad"
  readonly tag: string | undefined
  /** A response code, without its brackets. */
  readonly code?: string
  /** Printable ASCII, one sentence. */
  readonly text: string
}
