import type { Command } from "./command.ts"
import { readCommand } from "./read-command.ts"

/**
 * Reads what one client sends: lines that end in CRLF, each a command, or where `expectLine` said so the answer to a
 * challenge. A bare LF ends nothing: it could be read as an end by whoever stands between. The same octets give the
 * same answers however they are cut.
 */
export interface ReaderLimits {
  /**
   * Octets of a line with its CRLF. RFC 2449 §4 lets commands have 255; initial responses of AUTH are longer in real
   * clients, and answers to challenges may be (RFC 5034 §4).
   */
  readonly lineOctets: number
}

export const defaultReaderLimits: ReaderLimits = { lineOctets: 8_450 }

export type Heard =
  | { readonly kind: "command"; readonly command: Command }
  /** As it was expected; without CRLF. */
  | { readonly kind: "line"; readonly line: Buffer }
  /** `text` is for the client. */
  | { readonly kind: "bad"; readonly text: string }
  /** A line was too long: what follows cannot be told apart. */
  | { readonly kind: "lost" }

export class CommandReader {
  readonly #limits: ReaderLimits
  #held: Buffer = Buffer.alloc(0)
  /** Octets of it that were looked at without an end being found. */
  #scanned = 0
  #expectsLine = false
  #lost = false

  constructor(limits: ReaderLimits = defaultReaderLimits) {
    this.#limits = limits
  }

  /** Octets pushed and not yet consumed. */
  get waiting(): number {
    return this.#held.length
  }

  push(bytes: Buffer): void {
    if (this.#lost) return
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
  }

  /** The next line is the answer to a challenge, whatever stands there. */
  expectLine(): void {
    this.#expectsLine = true
  }

  /** Drops what waits: after STLS nothing that was said in the clear counts (RFC 2595 §4). */
  reset(): void {
    this.#held = Buffer.alloc(0)
    this.#scanned = 0
    this.#expectsLine = false
  }

  /** Undefined: more octets are needed. */
  next(): Heard | undefined {
    if (this.#lost) return { kind: "lost" }
    const at = this.#held.indexOf("\r\n", this.#scanned, "latin1")
    const end = at < 0 ? undefined : at + 2
    if (end === undefined && this.#held.length < this.#limits.lineOctets) {
      // One less: a CR that waits for its LF is looked at again.
      this.#scanned = Math.max(0, this.#held.length - 1)
      return undefined
    }
    if (end === undefined || end > this.#limits.lineOctets) {
      this.reset()
      this.#lost = true
      return { kind: "lost" }
    }
    const line = this.#held.subarray(0, end - 2)
    this.#held = this.#held.subarray(end)
    this.#scanned = 0
    if (!this.#expectsLine) return readCommand(line)
    this.#expectsLine = false
    return { kind: "line", line }
  }
}
