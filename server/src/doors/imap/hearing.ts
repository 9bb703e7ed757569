/**
 * What a client says, waited for: commands, and the lines that a command asks for (IDLE, AUTHENTICATE). One at a time
 * waits here; it hears that the client has ended its side, or stops when the connection is to end.
 */
import { setImmediate } from "node:timers/promises"
import { CommandReader, type Heard, type ReaderLimits } from "@letterkeep/imap"
import { GoneError } from "./gone-error.ts"

/** What the client sends cannot be told apart any more, or is too long: the connection ends with `sentence`. */
export class LostError extends Error {
  override readonly name = "LostError"
  readonly temporary = false
  readonly sentence: string

  constructor(sentence: string) {
    super("the client was not understood")
    this.sentence = sentence
  }
}

/** Milliseconds for which one client may go on with what it has sent at once, before others have their turn. */
const stretchMs = 6

export class Hearing {
  readonly #reader: CommandReader
  readonly #hungry: () => void
  #ended = false
  #stopped = false
  #wake: (() => void) | undefined
  /** When others last had their turn. */
  #since = 0

  /** `hungry` is called whenever more octets are needed. */
  constructor(limits: ReaderLimits, hungry: () => void) {
    this.#reader = new CommandReader(limits)
    this.#hungry = hungry
  }

  /** Octets read ahead. */
  get waiting(): number {
    return this.#reader.waiting
  }

  /** For the literal that was announced, and for limits: `next` and `line` are here. */
  get reader(): Pick<CommandReader, "takeLiteral" | "refuseLiteral" | "setLimits" | "reset"> {
    return this.#reader
  }

  push(bytes: Buffer): void {
    if (this.#stopped) return
    this.#reader.push(bytes)
    this.#wakeUp()
  }

  /** The client has ended its side: what it said before is still heard. */
  end(): void {
    this.#ended = true
    this.#wakeUp()
  }

  /** Nothing is heard any more. */
  stop(): void {
    this.#stopped = true
    this.#wakeUp()
  }

  /** Undefined when the client has ended. Rejects with a GoneError once stopped. */
  async next(): Promise<Heard | undefined> {
    if (performance.now() - this.#since > stretchMs) {
      await setImmediate()
      this.#since = performance.now()
    }
    for (;;) {
      if (this.#stopped) throw new GoneError()
      const heard = this.#reader.next()
      if (heard !== undefined) return heard
      if (this.#ended) return undefined
      this.#hungry()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#since = performance.now()
    }
  }

  /** The next line as data. Rejects with a LostError where it is longer than `limit`. */
  async line(limit: number): Promise<Buffer> {
    this.#reader.expectLine(limit)
    const heard = await this.next()
    if (heard === undefined) throw new GoneError()
    if (heard.kind === "line") return heard.line
    throw new LostError(heard.kind === "lost" ? heard.text : "A line was expected here")
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
