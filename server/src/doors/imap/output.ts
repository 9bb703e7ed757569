/**
 * What goes to one client: gathers small pieces into writes of some size, and knows how much the client has not
 * read yet. Memory is bounded by `unread`: whoever writes looks at `isFull`; one who does not loses the connection.
 */
import { GoneError } from "./gone-error.ts"
import type { Out } from "./handler.ts"

/** Where the octets go: a socket, plain or secured, or a compressor in front of it. */
export interface Sink {
  /** Text is latin1. */
  write(pieces: readonly (string | Buffer)[]): void
  /** Octets that the system has not taken yet. */
  readonly length: number
}

/** Pieces are gathered up to so many octets. */
const gathered = 65_536
/** What a writer that never looks may add. */
const beyond = 16 * 1_024 * 1_024

export class Output implements Out {
  readonly #overrun: () => void
  readonly #time: () => number
  #sink: Sink
  #unread: number
  #pieces: (string | Buffer)[] = []
  #text = ""
  #octets = 0
  #closed = false
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  /** When the client last took something, or got something after it had taken all. */
  #movedAt = 0

  /** `overrun` is called when a writer has added far too much: the connection is to end. */
  constructor(sink: Sink, unread: number, time: () => number, overrun: () => void) {
    this.#sink = sink
    this.#unread = unread
    this.#time = time
    this.#overrun = overrun
  }

  /** From here on the octets go elsewhere; what was written before is on its way. */
  redirect(sink: Sink): void {
    this.flush()
    this.#sink = sink
  }

  setUnread(unread: number): void {
    this.#unread = unread
  }

  write(piece: string | Buffer): void {
    if (this.#closed || piece.length === 0) return
    if (typeof piece === "string") this.#text += piece
    else {
      if (this.#text !== "") this.#pieces.push(this.#text)
      this.#text = ""
      this.#pieces.push(piece)
    }
    this.#octets += piece.length
    if (this.#octets >= gathered) this.flush()
    if (this.#length() <= this.#unread + beyond) return
    this.close()
    this.#overrun()
  }

  get isFull(): boolean {
    return this.#closed || this.#length() > this.#unread
  }

  async drained(): Promise<void> {
    this.flush()
    if (this.#closed) throw new GoneError()
    if (!this.isFull) return
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  flush(): void {
    if (this.#closed || this.#octets === 0) return
    if (this.#text !== "") this.#pieces.push(this.#text)
    const pieces = this.#pieces
    if (this.#sink.length === 0) this.#movedAt = this.#time()
    this.#pieces = []
    this.#text = ""
    this.#octets = 0
    this.#sink.write(pieces)
  }

  /** The client has taken nothing of what waits for it, for so long. */
  isStalled(ms: number): boolean {
    return this.#sink.length > 0 && this.#time() - this.#movedAt > ms
  }

  /** Nothing is written after it; who waits hears that the client has gone. */
  close(): void {
    this.#closed = true
    this.#pieces = []
    this.#text = ""
    for (const { reject } of this.#waiting.splice(0)) reject(new GoneError())
  }

  /** When the client last took something, by the door's time. */
  get movedAt(): number {
    return this.#movedAt
  }

  /** To be called whenever the sink has become shorter. */
  moved(): void {
    this.#movedAt = this.#time()
    if (this.#closed || this.#length() > this.#unread / 2) return
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  #length(): number {
    return this.#octets + this.#sink.length
  }
}
