import type { HereCommand } from "./here.ts"

/**
 * One of the commands that `./letterkeep` understands, a line of a table in `commands/`: the words that choose it, its
 * arguments in order, its options, and what it reads on standard input, line by line: secrets come from nowhere else.
 */
export interface CliCommand {
  readonly words: string
  readonly takes: readonly string[]
  /** One more behind them, which may be left out. */
  readonly mayTake?: string
  readonly options?: Readonly<Record<string, OptionKind>>
  /** Lines wanted on standard input, in this order. */
  readonly stdin?: readonly string[]
  /** An argument that names a file: its text is sent in its place, under another name. */
  readonly reads?: { readonly argument: string; readonly as: string }
  /** The command whose text is shown first, asked with the same arguments; its value goes with them. */
  readonly first?: string
  /** Done by the client alone: no server is asked. */
  readonly here?: HereCommand
  readonly does: string
}

/** `login`: text; without it the login name of whoever calls. `file`: where the client writes what comes; needed, and never told to the server. */
export type OptionKind = "flag" | "text" | "list" | "login" | "file"

export const passwordStdin = { "password-stdin": "flag" } as const
/** Why an operator is shown or changes what is a person's, and which of them. The server refuses it without. */
export const reason = { reason: "text", by: "login" } as const
