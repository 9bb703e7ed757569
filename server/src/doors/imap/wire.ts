/**
 * The octets of one connection, both ways: in the clear, inside TLS (from the start or from STARTTLS on), and
 * compressed. What the client sends is handed on as plain octets; while paused, the system holds what comes.
 */
import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { createDeflateRaw, createInflateRaw, constants as zlib } from "node:zlib"
import { upgrade } from "../entrance/index.ts"
import type { Sink } from "./output.ts"

export interface WireEvents {
  readonly onBytes: (bytes: Buffer) => void
  /** The system has taken something of what was written. */
  readonly onMoved: () => void
  /** The client has closed its side; all that it said before has been handed on. */
  readonly onEnd: () => void
  /** Always comes, once, and last. */
  readonly onClosed: () => void
  /** `during`: what could not be done; the connection closes. */
  readonly onFailed: (error: Error, during: "handshake" | "compression" | "transport") => void
}

/**
 * Memory of a compressor: a window of 32 KB, and little for its tables. The client's window is as large as RFC 4978
 * lets it be.
 */
const deflateOptions = { level: 3, memLevel: 5 }
/** Octets that come out of the inflater at once: a small packet cannot become a large one. */
const inflatedPiece = 16_384

export class Wire {
  readonly #events: WireEvents
  readonly #plain: Socket
  #socket: Socket
  #tls: TLSSocket | undefined
  #inflate: ReturnType<typeof createInflateRaw> | undefined
  #deflate: ReturnType<typeof createDeflateRaw> | undefined
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

  get compressed(): boolean {
    return this.#deflate !== undefined
  }

  /** Lays TLS over the connection; `done` is called when the handshake is over. Its end may be `onFailed` instead. */
  secure(context: SecureContext, done: () => void): void {
    const plain = this.#socket
    plain.off("data", this.#events.onBytes).off("end", this.#events.onEnd)
    plain.off("close", this.#onClose).off("error", this.#onError)
    this.#handshaking = true
    const secure = upgrade(plain, context)
    this.#tls = secure
    this.#socket = secure
    this.#listen(secure)
    secure.once("secure", () => {
      this.#handshaking = false
      done()
    })
  }

  /** Octets of the handshake that were read before it began; at once after `secure`. */
  unread(bytes: Buffer): void {
    // The TLS layer takes what the plain socket has not handed on yet, at the next tick.
    this.#plain.pause()
    this.#plain.unshift(bytes)
  }

  /** From here on all is compressed, in both directions (RFC 4978 §3). */
  compress(): Sink {
    const socket = this.#socket
    // Few clients end their compressed stream before they close: that is no error.
    const inflate = createInflateRaw({ chunkSize: inflatedPiece, finishFlush: zlib.Z_SYNC_FLUSH })
    const deflate = createDeflateRaw(deflateOptions)
    this.#inflate = inflate
    this.#deflate = deflate
    socket.off("data", this.#events.onBytes).off("end", this.#events.onEnd)
    socket.on("data", (bytes: Buffer) => {
      if (!inflate.write(bytes)) socket.pause()
    })
    socket.on("end", () => inflate.end())
    inflate.on("drain", () => {
      if (!inflate.isPaused()) socket.resume()
    })
    inflate.on("data", this.#events.onBytes)
    // Ended by the client, alone or with its connection: nothing can follow.
    inflate.on("end", this.#events.onEnd)
    const broken = (error: Error): void => {
      this.#events.onFailed(error, "compression")
      socket.destroy()
    }
    inflate.on("error", broken)
    deflate.on("error", broken)
    deflate.on("data", (bytes: Buffer) => void socket.write(bytes, this.#events.onMoved))
    deflate.on("end", () => socket.end())
    return {
      write(pieces) {
        for (const piece of pieces) deflate.write(piece, "latin1")
        deflate.flush(zlib.Z_SYNC_FLUSH)
      },
      get length() {
        return deflate.writableLength + deflate.readableLength + socket.writableLength
      },
    }
  }

  /** What goes out, as it is now. */
  sink(): Sink {
    const socket = this.#socket
    const moved = this.#events.onMoved
    return {
      write(pieces) {
        if (pieces.length > 1) socket.cork()
        for (const piece of pieces) socket.write(piece, "latin1", moved)
        if (pieces.length > 1) socket.uncork()
      },
      get length() {
        return socket.writableLength
      },
    }
  }

  pause(): void {
    this.#inflate?.pause()
    this.#socket.pause()
  }

  resume(): void {
    this.#inflate?.resume()
    if (this.#socket.isPaused() && this.#inflate?.writableNeedDrain !== true) this.#socket.resume()
  }

  /** Closes our side behind what was written, and reads on until the client closes its own. */
  end(): void {
    this.resume()
    if (this.#deflate === undefined) this.#socket.end()
    else this.#deflate.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on("data", this.#events.onBytes)
    socket.on("end", this.#events.onEnd)
    socket.on("close", this.#onClose)
    socket.on("error", this.#onError)
  }

  readonly #onClose = (): void => {
    if (this.#closed) return
    this.#closed = true
    this.#inflate?.destroy()
    this.#deflate?.destroy()
    this.#events.onClosed()
  }

  readonly #onError = (error: Error): void => {
    this.#events.onFailed(error, this.#handshaking ? "handshake" : "transport")
    this.#socket.destroy()
  }
}
