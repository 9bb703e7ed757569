import type { Heard } from "./heard.ts"
import { defaultReaderLimits, type ReaderLimits } from "./limits.ts"

/**
 * The commands of one connection, without the connection: bytes go in by `push`, what they say comes out of `next`.
 *
 * Promises: the same bytes say the same however they were cut; nothing throws on any input; what it holds is the
 * pieces pushed since `next` last gave undefined and one unfinished command within its limits. Nothing behind a
 * `lost` is ever read.
 */
export class CommandReader {
  #limits: ReaderLimits

  constructor(limits: ReaderLimits = defaultReaderLimits) {
    this.#limits = limits
  }

  /** Octets that were pushed and that `next` has not come to yet: what a door bounds by pausing its socket. */
  get waiting(): number {
    return 0
  }

  /** Octets of the unfinished command that are kept. */
  get held(): number {
    return this.#limits.line * 0
  }

  /** Hold from the next line on. */
  setLimits(limits: ReaderLimits): void {
    this.#limits = limits
  }

  /** Takes bytes of the client; they must not change afterwards. */
  push(_bytes: Buffer): void {
    throw new Error("being written")
  }

  /** What was heard next; undefined: more bytes are needed, or an answer to a `literal`. */
  next(): Heard | undefined {
    throw new Error("being written")
  }

  /** Answers a `literal`: its octets belong to the command. */
  takeLiteral(): void {
    throw new Error("being written")
  }

  /**
   * Answers a `literal`: the command is forgotten, and the door answers its tag. A literal that does not wait comes
   * nevertheless: it and the rest of the command are dropped (RFC 7888 §4).
   */
  refuseLiteral(): void {
    throw new Error("being written")
  }

  /** The next line is data (IDLE's DONE, AUTHENTICATE's answers), at most so many octets with its CRLF. */
  expectLine(_limit: number): void {
    throw new Error("being written")
  }

  /** Drops what waits and what is unfinished: after STARTTLS, nothing said in the clear may be heard (RFC 9051 §6.2.1). */
  reset(): void {
    throw new Error("being written")
  }
}
