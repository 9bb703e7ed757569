import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { CommandReader, type Heard, type ReaderLimits } from "@letterkeep/pop3"
import { upgrade } from "../entrance/index.ts"
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
  #socket: Socket
  #tls: TLSSocket | undefined
  #secured = false
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
    this.#socket = socket
    this.#movedAt = options.time()
    this.#listen(socket)
  }

  /** Undefined while the line is in the clear. */
  get tls(): TLSSocket | undefined {
    return this.#secured ? this.#tls : undefined
  }

  /** For so long the client has been waited for; undefined while something is done for it. Octets prolong nothing. */
  get waitedMs(): number | undefined {
    return this.#waitingSince === undefined ? undefined : this.#options.time() - this.#waitingSince
  }

  /** Bytes that came before the line was there. */
  hear(bytes: Buffer): void {
    this.#onData(bytes)
  }

  /** The same, where they are of a handshake: before `secure`, which lets the TLS layer take them. */
  unread(bytes: Buffer): void {
    this.#socket.pause()
    this.#socket.unshift(bytes)
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
        if (this.#socket.isPaused()) this.#socket.resume()
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
    const socket = this.#socket
    if (socket.writableLength === 0) this.#movedAt = this.#options.time()
    socket.cork()
    for (const piece of this.#out) socket.write(piece, "latin1", this.#moved)
    socket.uncork()
    this.#out = []
    this.#octets = 0
    while (this.#socket.writableNeedDrain) {
      await this.#change()
      this.#refuseGone()
    }
  }

  /** The client has taken nothing of what waits for it, for so long. */
  isStalled(ms: number): boolean {
    return this.#socket.writableLength > 0 && this.#options.time() - this.#movedAt > ms
  }

  /** Lays TLS over the line; what was said in the clear and not served is forgotten (RFC 2595 §4). */
  async secure(context: SecureContext): Promise<void> {
    const plain = this.#socket
    this.#reader.reset()
    plain.off("data", this.#onData).off("end", this.#onEnd).off("drain", this.#onDrain)
    plain.off("close", this.#onClose).off("error", this.#onError)
    const secure = upgrade(plain, context)
    this.#tls = secure
    this.#socket = secure
    this.#listen(secure)
    secure.once("secure", () => {
      this.#secured = true
      this.#wakeUp()
    })
    while (!this.#secured) {
      await this.#change()
      this.#refuseGone()
      if (this.#peerEnded) throw new GoneError()
    }
  }

  /** Says what is left, closes our side, and takes no notice of what the client still sends. */
  end(): void {
    if (this.#closed || this.#ended) return
    this.#ended = true
    for (const piece of this.#out) this.#socket.write(piece, "latin1", this.#moved)
    this.#out = []
    this.#octets = 0
    this.#socket.off("data", this.#onData)
    if (!this.#socket.writableEnded) this.#socket.end()
    this.#socket.resume()
    this.#wakeUp()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on("data", this.#onData)
    socket.on("end", this.#onEnd)
    socket.on("drain", this.#onDrain)
    socket.on("close", this.#onClose)
    socket.on("error", this.#onError)
  }

  readonly #moved = (): void => {
    this.#movedAt = this.#options.time()
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#reader.push(bytes)
    if (this.#reader.waiting > this.#options.readAhead) this.#socket.pause()
    this.#wakeUp()
  }

  readonly #onEnd = (): void => {
    this.#peerEnded = true
    this.#wakeUp()
  }

  readonly #onDrain = (): void => this.#wakeUp()

  readonly #onError = (error: Error): void => {
    this.#options.onFailed(error, this.#tls !== undefined && !this.#secured ? "handshake" : "transport")
    this.#socket.destroy()
  }

  readonly #onClose = (): void => {
    if (this.#closed) return
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
