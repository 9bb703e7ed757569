import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { upgrade } from "../entrance/index.ts"

/**
 * A connection as octets: the plain socket, and TLS over it once that is there. Who listens hears of octets, of the
 * peer's closing its side, of room to write, and of the end, which comes once; an error is followed by the end.
 */
export interface WireEvents {
  readonly onBytes: (bytes: Buffer) => void
  readonly onEnd: () => void
  readonly onDrain: () => void
  readonly onClosed: () => void
  readonly onFailed: (error: Error, during: "handshake" | "transport") => void
}

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

  get tls(): TLSSocket | undefined {
    return this.#tls
  }

  /** Octets that were written and that the peer has not taken. */
  get unread(): number {
    return this.#socket.writableLength
  }

  /** Lays TLS over the connection; `done` when it stands. */
  secure(context: SecureContext, done: (tls: TLSSocket) => void): void {
    const plain = this.#plain
    plain.off("data", this.#events.onBytes).off("end", this.#events.onEnd).off("drain", this.#events.onDrain)
    plain.off("error", this.#onError)
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

  /** Octets of the handshake that were read before it began; at once after `secure`. */
  giveBack(bytes: Buffer): void {
    // The TLS layer takes what the plain socket has not handed on yet, at the next tick.
    this.#plain.pause()
    this.#plain.unshift(bytes)
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** Closes our side behind what was written, and reads on, and drops, until the peer closes its own. */
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
    socket.on("drain", this.#events.onDrain)
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
