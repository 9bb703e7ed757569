import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { upgrade } from "./upgrade.ts"

/** What is heard of a connection's octets. While paused, the system holds what comes. */
export interface WireEvents {
  /** Plain octets, also where the connection is secured. */
  readonly onBytes: (bytes: Buffer) => void
  /** The peer has closed its side; all that it said before has been handed on. */
  readonly onEnd: () => void
  /** There is room to write again. */
  readonly onDrain?: () => void
  /** Always comes, once, and last. */
  readonly onClosed: () => void
  /** `during`: what could not be done; the connection closes. */
  readonly onFailed: (error: Error, during: "handshake" | "transport") => void
}

/** A connection as octets, both ways: in the clear, and inside TLS from the start or from STARTTLS on. */
export class Wire {
  readonly #plain: Socket
  readonly #events: WireEvents
  #socket: Socket
  #tls: TLSSocket | undefined
  #handshaking = false
  #closed = false

  constructor(socket: Socket, events: WireEvents) {
    this.#plain = socket
    this.#socket = socket
    this.#events = events
    this.#listen(socket)
  }

  /** Undefined until a handshake is over. */
  get tls(): TLSSocket | undefined {
    return this.#handshaking ? undefined : this.#tls
  }

  /** Octets that were written and that the peer has not taken. */
  get unread(): number {
    return this.#socket.writableLength
  }

  /** More is written than one should add to before `onDrain`. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Lays TLS over the connection; `done` is called when the handshake is over. Its end may be `onFailed` instead. */
  secure(context: SecureContext, done: (tls: TLSSocket) => void): void {
    const plain = this.#plain
    plain.off("data", this.#events.onBytes).off("end", this.#events.onEnd)
    plain.off("close", this.#onClose).off("error", this.#onError)
    if (this.#events.onDrain !== undefined) plain.off("drain", this.#events.onDrain)
    this.#handshaking = true
    const tls = upgrade(plain, context)
    this.#tls = tls
    this.#socket = tls
    this.#listen(tls)
    tls.once("secure", () => {
      this.#handshaking = false
      done(tls)
    })
  }

  /** Octets of a handshake that were read before it began: right before or after `secure`, within one tick. */
  giveBack(bytes: Buffer): void {
    // The TLS layer takes what the plain socket has not handed on yet, at the next tick.
    this.#plain.pause()
    this.#plain.unshift(bytes)
  }

  /** Text is latin1. `moved` is called for each piece that is not empty when the system has taken it. */
  write(pieces: readonly (string | Uint8Array)[], moved?: () => void): void {
    const socket = this.#socket
    if (pieces.length > 1) socket.cork()
    for (const piece of pieces) if (piece.length > 0) socket.write(piece, "latin1", moved)
    if (pieces.length > 1) socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** Closes our side behind what was written, and reads on until the peer closes its own. */
  end(): void {
    if (!this.#socket.writableEnded) this.#socket.end()
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on("data", this.#events.onBytes)
    socket.on("end", this.#events.onEnd)
    if (this.#events.onDrain !== undefined) socket.on("drain", this.#events.onDrain)
    socket.on("close", this.#onClose)
    socket.on("error", this.#onError)
  }

  readonly #onClose = (): void => {
    if (this.#closed) return
    this.#closed = true
    this.#events.onClosed()
  }

  readonly #onError = (error: Error): void => {
    this.#events.onFailed(error, this.#handshaking ? "handshake" : "transport")
    this.#socket.destroy()
  }
}
