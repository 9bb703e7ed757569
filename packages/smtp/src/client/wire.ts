import type { ClientStep } from "./outcome.ts"

/** A reply that is to come: what it answers, and for RCPT whom, by the place in the envelope. */
export interface Expected {
  readonly step: ClientStep
  readonly recipient?: number
}

/** What the halves of the client write to. */
export interface Wire {
  /** A command line, whose CRLF is added, and the reply that it will have. */
  say(line: string, expected: Expected): void
  /** Octets of a message. */
  write(bytes: Uint8Array): void
  /** One more reply is to come, though no command line was said. */
  expect(expected: Expected): void
}
