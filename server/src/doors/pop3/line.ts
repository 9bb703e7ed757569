import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { CommandReader, type Heard, type ReaderLimits } from "@letterkeep/pop3"
import { Wire } from "../entrance/index.ts"
import { GoneError } from "./gone-error.ts"

export interface LineOptions {
  readonly reader: ReaderLimits
  /** Octets read ahead; no more is read then. */
  readonly readAhead: number
  readonly time: () => number
  /** Called once, when the connection has closed. */
  readonly onClosed: () => void
  readonly onFailed: (error: Error, during: "handshake" | "transport") => void
}

/** Responses are gathered up to so many octets while the client's next command is here already. */
const gathered = 32_768

/**
 * The line to one client, plain or secured. What it says is waited for; what is said to it waits while the client does
 * not read. Nothing but what was read ahead and one piece of what is to be written is held.
 */
export class Line {
  readonly #options: LineOptions
  readonly #reader: CommandReader
  readonly #wire: Wire
  #out: (string | Buffer)[] = []
  #octets = 0
  #peerEnded = false
  #ended = false
  #closed = false
  #waitingSince: number | undefined
  /** When the client last took something, or had nothing to take. */
  #movedAt: number
  #wake: (() => void) | undefined

  constructor(socket: Socket, options: LineOptions) {
    this.#options = options
    this.#reader = new CommandReader(options.reader)
    this.#movedAt = options.time()
    this.#wire = new Wire(socket, {
      onBytes: bytes => this.hear(bytes),
      onEnd: () => {
        this.#peerEnded = true
        this.#wakeUp()
      },
      onDrain: () => this.#wakeUp(),
      onClosed: () => this.#hasClosed(),
      onFailed: options.onFailed,
    })
  }

  /** Undefined while the line is in the clear. */
  get tls(): TLSSocket | undefined {
    return this.#wire.tls
  }

  /** For so long the client has been waited for; undefined while something is done for it. Octets prolong nothing. */
  get waitedMs(): number | undefined {
    return this.#waitingSince === undefined ? undefined : this.#options.time() - this.#waitingSince
  }

  /** What the client says, what came before the line was there included. */
  hear(bytes: Buffer): void {
    if (this.#ended) return
    this.#reader.push(bytes)
    if (this.#reader.waiting > this.#options.readAhead) this.#wire.pause()
    this.#wakeUp()
  }

  /** What came before, where it is of a handshake: before `secure`, which lets the TLS layer take it. */
  giveBack(bytes: Buffer): void {
    this.#wire.giveBack(bytes)
  }

  /**
   * The client's next command, or line where `asLine`; undefined when it has ended its side. Rejects with a GoneError
   * once the line has closed, or was ended.
   */
  async next(asLine = false): Promise<Heard | undefined> {
    if (asLine) this.#reader.expectLine()
    try {
      for (;;) {
        this.#refuseGone()
        const heard = this.#reader.next()
        if (heard !== undefined) return heard
        await this.flush()
        if (this.#peerEnded) return undefined
        this.#wire.resume()
        this.#waitingSince ??= this.#options.time()
        await this.#change()
      }
    } finally {
      this.#waitingSince = undefined
    }
  }

  /** Resolves when there is room for more. Rejects with a GoneError once the line has closed. */
  async write(piece: string | Buffer): Promise<void> {
    this.#out.push(piece)
    this.#octets += piece.length
    if (this.#octets >= gathered) await this.flush()
  }

  /** A last word before `end`, for which nobody waits. */
  say(text: string): void {
    if (!this.#closed && !this.#ended) this.#out.push(text)
  }

  async flush(): Promise<void> {
    this.#refuseGone()
    if (this.#octets === 0) return
    if (this.#wire.unread === 0) this.#movedAt = this.#options.time()
    this.#writeOut()
    while (this.#wire.isFull) {
      await this.#change()
      this.#refuseGone()
    }
  }

  /** The client has taken nothing of what waits for it, for so long. */
  isStalled(ms: number): boolean {
    return this.#wire.unread > 0 && this.#options.time() - this.#movedAt > ms
  }

  /** Lays TLS over the line; what was said in the clear and not served is forgotten (RFC 2595 §4). */
  async secure(context: SecureContext): Promise<void> {
    this.#reader.reset()
    this.#wire.secure(context, () => this.#wakeUp())
    while (this.tls === undefined) {
      await this.#change()
      this.#refuseGone()
      if (this.#peerEnded) throw new GoneError()
    }
  }

  /** Says what is left, closes our side, and takes no notice of what the client still sends. */
  end(): void {
    if (this.#closed || this.#ended) return
    this.#ended = true
    this.#writeOut()
    this.#wire.end()
    this.#wakeUp()
  }

  destroy(): void {
    this.#wire.destroy()
  }

  #writeOut(): void {
    this.#wire.write(this.#out, this.#moved)
    this.#out = []
    this.#octets = 0
  }

  readonly #moved = (): void => {
    this.#movedAt = this.#options.time()
  }

  #hasClosed(): void {
    this.#closed = true
    this.#out = []
    this.#wakeUp()
    this.#options.onClosed()
  }

  #refuseGone(): void {
    if (this.#closed || this.#ended) throw new GoneError()
  }

  /** One at a time waits: the one that serves this client. */
  #change(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
