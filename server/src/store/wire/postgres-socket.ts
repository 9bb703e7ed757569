import { Socket } from "node:net"
import { StoreError } from "../store-error.ts"

/**
 * A socket to Postgres that the driver speaks through, and that COPY may borrow between two of its queries. While
 * it is lent, what the server says goes to the borrower, and what the driver wants to say waits.
 */
export class PostgresSocket extends Socket {
  constructor() {
    const reading: { take: (piece: Buffer) => void } = { take: () => undefined }
    const buffer = Buffer.allocUnsafeSlow(readBytes)
    super({
      onread: {
        buffer,
        callback(count) {
          reading.take(buffer.subarray(0, count))
          return true
        },
      },
    })
    reading.take = piece => this.#take(piece)
  }

  /** Of the server's process; 0 until it has said so. */
  serverPid = 0
  #beginning: Buffer = Buffer.alloc(0)
  #borrower: ((piece: Buffer) => void) | undefined
  #quiet = false
  /** Of what the server said, as many as a ReadyForQuery has. */
  #lastBytes: Buffer = Buffer.alloc(0)
  readonly #held: (() => void)[] = []

  open(target: { readonly path: string } | { readonly host: string; readonly port: number }): this {
    this.connect({ ...target })
    // `connect` of Node gives each socket Node's own `write` as a property, before ours.
    Reflect.deleteProperty(this, "write")
    return this
  }

  /**
   * `onPiece` gets views of a buffer that is read into again: what it keeps it has to copy. Throws when the driver
   * waits for an answer: the caller runs queries side by side in one transaction.
   */
  borrow(onPiece: (piece: Buffer) => void): void {
    if (this.destroyed) throw new StoreError("the database connection is gone", { temporary: true })
    if (!this.#quiet || this.#borrower !== undefined) {
      throw new StoreError("COPY while another query of the transaction is under way", { temporary: false })
    }
    this.#borrower = onPiece
  }

  giveBack(): void {
    this.#borrower = undefined
    for (const write of this.#held.splice(0)) write()
  }

  /** Writes all parts at once, past the hold. */
  writeBorrowed(parts: readonly Uint8Array[]): void {
    this.cork()
    for (const part of parts) super.write(part)
    this.uncork()
  }

  override write(piece: Uint8Array | string, done?: (error?: Error | null) => void): boolean
  override write(
    piece: Uint8Array | string,
    encoding?: BufferEncoding,
    done?: (error?: Error | null) => void,
  ): boolean
  override write(
    piece: Uint8Array | string,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean {
    if (this.#borrower !== undefined) {
      this.#held.push(
        () =>
          void (typeof encoding === "string"
            ? this.write(piece, encoding, done)
            : this.write(piece, encoding ?? done)),
      )
      return true
    }
    this.#quiet = false
    return typeof encoding === "string"
      ? super.write(piece, encoding, done)
      : super.write(piece, encoding ?? done)
  }

  /** A buffer for each read would be most of the garbage that a body leaves: only the driver gets one. */
  #take(piece: Buffer): void {
    if (this.#borrower === undefined) this.emit("data", Buffer.from(piece))
    else this.#borrower(piece)
  }

  override emit(event: string | symbol, ...given: unknown[]): boolean {
    // The driver takes a drain for leave to lend the connection to others, in the middle of a transaction too. It
    // needs none: the next answer frees a connection as well.
    if (event === "drain") return false
    if (event !== "data") return super.emit(event, ...given)
    const piece = given[0]
    if (!(piece instanceof Buffer)) return super.emit(event, ...given)
    if (this.#borrower !== undefined) {
      this.#borrower(piece)
      return true
    }
    if (this.serverPid === 0) this.#readPid(piece)
    // The server flushes by 8 KB, wherever that falls: a ReadyForQuery may come in two pieces.
    const end = piece.length >= readyBytes ? piece : Buffer.concat([this.#lastBytes, piece])
    this.#quiet = endsReady(end)
    this.#lastBytes = Buffer.from(end.subarray(-readyBytes))
    return super.emit(event, ...given)
  }

  /** BackendKeyData comes once, among the first few hundred bytes. */
  #readPid(piece: Buffer): void {
    this.#beginning = Buffer.concat([this.#beginning, piece])
    for (let at = 0; this.#beginning.length >= at + 9; at += 1 + this.#beginning.readUInt32BE(at + 1)) {
      if (this.#beginning[at] !== backendKeyData) continue
      this.serverPid = this.#beginning.readUInt32BE(at + 5)
      this.#beginning = Buffer.alloc(0)
      return
    }
  }
}

const backendKeyData = 0x4b
/** Octets of the buffer that a socket reads into. */
const readBytes = 64 * 1024
/** Octets of a ReadyForQuery: `Z`, length, transaction state. */
const readyBytes = 6
const ready = Buffer.from("Z\0\0\0\x05", "latin1")

/** Whether the last message of the piece is ReadyForQuery: `Z`, length 5, one byte of transaction state. */
function endsReady(piece: Buffer): boolean {
  return piece.length >= readyBytes && piece.subarray(-readyBytes, -1).equals(ready)
}
