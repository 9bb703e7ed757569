/**
 * TOP (RFC 1939 §7): a message's header, the blank line, and so many lines of its body. Pieces come as they come;
 * `isDone` says that no more are needed.
 */
const LF = 10
const CR = 13

export class TopCutter {
  #linesLeft: number
  #inHeader = true
  /** Nothing stands yet in the line that is being read, a CR apart. */
  #lineIsEmpty = true
  #done = false

  constructor(lines: number) {
    this.#linesLeft = lines
  }

  get isDone(): boolean {
    return this.#done
  }

  /** What of this piece belongs to the top. */
  push(piece: Buffer): Buffer {
    let from = 0
    while (!this.#done && from < piece.length) {
      const found = piece.indexOf(LF, from)
      const end = found < 0 ? piece.length : found
      for (let at = from; this.#inHeader && this.#lineIsEmpty && at < end; at += 1) {
        if (piece[at] !== CR) this.#lineIsEmpty = false
      }
      if (found < 0) return piece
      this.#endLine()
      from = found + 1
    }
    return piece.subarray(0, from)
  }

  #endLine(): void {
    if (this.#inHeader) {
      if (this.#lineIsEmpty) this.#inHeader = false
      this.#lineIsEmpty = true
    } else {
      this.#linesLeft -= 1
    }
    this.#done = !this.#inHeader && this.#linesLeft <= 0
  }
}
