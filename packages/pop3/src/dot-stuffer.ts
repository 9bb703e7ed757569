/**
 * A message as it goes over the wire (RFC 1939 §3): a line that begins with a dot gets one more, and after the last
 * line stands a dot alone. Pieces come as they come: the same octets go out however the message is cut.
 *
 * Dots behind a bare LF are doubled too: nearly all clients take that for a line's end, and would take a message with
 * LF "." LF in it for two. Whoever does not gets one dot more in a message that is broken anyway.
 */
const LF = 10
const CR = 13
const DOT = 46
const dot = Buffer.from(".")

export class DotStuffer {
  /** The last two octets that went by; a message begins at the beginning of a line. */
  #before = CR
  #last = LF

  /** The pieces to write for this one; mostly itself. */
  push(piece: Buffer): readonly Buffer[] {
    if (piece.length === 0) return []
    const out: Buffer[] = []
    let from = 0
    for (let at = piece.indexOf(DOT); at >= 0; at = piece.indexOf(DOT, at + 1)) {
      const previous = at === 0 ? this.#last : piece[at - 1]
      if (previous !== LF) continue
      if (at > from) out.push(piece.subarray(from, at))
      out.push(dot)
      from = at
    }
    out.push(piece.subarray(from))
    this.#before = piece.length > 1 ? (piece[piece.length - 2] ?? 0) : this.#last
    this.#last = piece[piece.length - 1] ?? 0
    return out
  }

  /** What stands behind the message: its missing line end, where it has none, and the dot. */
  end(): Buffer {
    const isLineEnd = this.#before === CR && this.#last === LF
    return Buffer.from(isLineEnd ? ".\r\n" : "\r\n.\r\n", "latin1")
  }
}
