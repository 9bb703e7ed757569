/**
 * Thrown inside the grammar where a command is not well formed, and caught in `readCommand` alone: nobody outside
 * the reader ever sees it. The message is one sentence for the author of a client.
 */
export class CommandFaultError extends Error {
  override readonly name = "CommandFaultError"
  /** A response code for the answer, without brackets. */
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.code = code
  }
}

/** Thrown where the grammar comes to the literal that is announced and has not come: no fault, more is needed. */
export class LiteralNeededError extends Error {
  override readonly name = "LiteralNeededError"
  /** As the message of APPEND or REPLACE, else as a string. */
  readonly asMessage: boolean

  constructor(asMessage: boolean) {
    super("a literal is needed")
    this.asMessage = asMessage
  }
}
