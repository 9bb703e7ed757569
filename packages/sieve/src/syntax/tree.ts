/**
 * A script as it was written: commands with arguments, tests and blocks, each with its place. What the names mean is
 * not known here.
 *
 *     command   = identifier arguments (";" / block)                         RFC 5228 §8.2
 *     arguments = *argument [ test / test-list ]
 *     argument  = string-list / number / tag
 *     test      = identifier arguments
 *     block     = "{" *command "}"
 */
import type { Position } from "../fault.ts"

export interface StringNode {
  readonly kind: "string"
  readonly at: Position
  /** Quotes and stuffed dots taken off, line ends as CRLF. */
  readonly value: string
}

export type ArgumentNode =
  | StringNode
  | { readonly kind: "list"; readonly at: Position; readonly strings: readonly StringNode[] }
  | { readonly kind: "number"; readonly at: Position; readonly value: number }
  /** The name in lower case, without its colon. */
  | { readonly kind: "tag"; readonly at: Position; readonly name: string }

/** What commands and tests have in common. */
export interface CallNode {
  readonly at: Position
  /** In lower case. */
  readonly name: string
  readonly args: readonly ArgumentNode[]
  readonly tests: readonly TestNode[]
  /** The tests stood in parentheses. */
  readonly listed: boolean
}

export interface TestNode extends CallNode {
  readonly kind: "test"
}

export interface CommandNode extends CallNode {
  readonly kind: "command"
  /** Undefined where the command ended with ";". */
  readonly block: readonly CommandNode[] | undefined
}
