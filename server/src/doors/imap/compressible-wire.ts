/**
 * A connection's wire that can be compressed, in both directions, from some moment on (RFC 4978). What the client sends
 * is handed on as plain octets all the same; while paused, little is inflated ahead, and the system holds the rest.
 */
import type { Socket } from "node:net"
import type { SecureContext, TLSSocket } from "node:tls"
import { createDeflateRaw, createInflateRaw, constants as zlib } from "node:zlib"
import { Wire, type WireEvents } from "../entrance/index.ts"
import type { Sink } from "./output.ts"

export interface CompressibleWireEvents extends Pick<WireEvents, "onBytes" | "onEnd" | "onClosed"> {
  /** The system has taken something of what was written. */
  readonly onMoved: () => void
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

export class CompressibleWire {
  readonly #events: CompressibleWireEvents
  readonly #wire: Wire
  #inflate: ReturnType<typeof createInflateRaw> | undefined
  #deflate: ReturnType<typeof createDeflateRaw> | undefined

  constructor(socket: Socket, events: CompressibleWireEvents) {
    this.#events = events
    this.#wire = new Wire(socket, {
      onBytes: bytes => this.#heard(bytes),
      onEnd: () => this.#ended(),
      onClosed: () => {
        this.#inflate?.destroy()
        this.#deflate?.destroy()
        events.onClosed()
      },
      onFailed: events.onFailed,
    })
  }

  /** Undefined until a handshake is over. */
  get tls(): TLSSocket | undefined {
    return this.#wire.tls
  }

  get compressed(): boolean {
    return this.#deflate !== undefined
  }

  /** See `Wire`. */
  secure(context: SecureContext, done: () => void): void {
    this.#wire.secure(context, done)
  }

  /** See `Wire`. */
  giveBack(bytes: Buffer): void {
    this.#wire.giveBack(bytes)
  }

  /** From here on all is compressed, in both directions (RFC 4978 §3). */
  compress(): Sink {
    const wire = this.#wire
    // Few clients end their compressed stream before they close: that is no error.
    const inflate = createInflateRaw({ chunkSize: inflatedPiece, finishFlush: zlib.Z_SYNC_FLUSH })
    const deflate = createDeflateRaw(deflateOptions)
    this.#inflate = inflate
    this.#deflate = deflate
    inflate.on("drain", () => {
      if (!inflate.isPaused()) wire.resume()
    })
    inflate.on("data", this.#events.onBytes)
    // Ended by the client, alone or with its connection: nothing can follow.
    inflate.on("end", this.#events.onEnd)
    const broken = (error: Error): void => {
      this.#events.onFailed(error, "compression")
      wire.destroy()
    }
    inflate.on("error", broken)
    deflate.on("error", broken)
    deflate.on("data", (bytes: Buffer) => wire.write([bytes], this.#events.onMoved))
    deflate.on("end", () => wire.end())
    return {
      write(pieces) {
        for (const piece of pieces) deflate.write(piece, "latin1")
        deflate.flush(zlib.Z_SYNC_FLUSH)
      },
      get length() {
        return deflate.writableLength + deflate.readableLength + wire.unread
      },
    }
  }

  /** What goes out uncompressed. */
  sink(): Sink {
    const wire = this.#wire
    const moved = this.#events.onMoved
    return {
      write: pieces => wire.write(pieces, moved),
      get length() {
        return wire.unread
      },
    }
  }

  pause(): void {
    this.#inflate?.pause()
    this.#wire.pause()
  }

  resume(): void {
    this.#inflate?.resume()
    if (this.#inflate?.writableNeedDrain !== true) this.#wire.resume()
  }

  /** See `Wire`. */
  end(): void {
    this.resume()
    if (this.#deflate === undefined) this.#wire.end()
    else this.#deflate.end()
  }

  destroy(): void {
    this.#wire.destroy()
  }

  #heard(bytes: Buffer): void {
    if (this.#inflate === undefined) this.#events.onBytes(bytes)
    else if (!this.#inflate.write(bytes)) this.#wire.pause()
  }

  #ended(): void {
    if (this.#inflate === undefined) this.#events.onEnd()
    else this.#inflate.end()
  }
}
