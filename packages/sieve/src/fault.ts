/** What is wrong with a script, and where. */

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number
}

export interface Fault {
  readonly at: Position
  /** A sentence for the person who writes the script: what stands there, and what was expected. */
  readonly text: string
}

export function faultText({ at, text }: Fault): string {
  return `line ${at.line}, column ${at.column}: ${text}`
}

/** Ends the reading of a script at its first fault of syntax; caught where reading begins. */
export class SyntaxFaultError extends Error {
  override readonly name = "SyntaxFaultError"
  readonly temporary = false
  readonly fault: Fault

  constructor(at: Position, text: string) {
    super(text)
    this.fault = { at, text }
  }
}
