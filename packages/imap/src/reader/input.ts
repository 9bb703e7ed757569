import { smallPiece } from "./limits.ts"

/**
 * The bytes that were pushed and not read yet, and the cutting of lines out of them. Each octet is looked at once
 * and copied twice at most, so a line that comes octet by octet costs no more than a whole one; and what waits costs
 * about its size in memory, however small the pieces are that it came in. A line ends in CRLF and nothing else
 * (RFC 9051 §2.2): a bare LF ends nothing.
 */
export interface Input {
  /** Octets of pieces that were not come to; the unfinished line is not in it. */
  readonly waiting: number
  /** Octets of the unfinished line. */
  readonly held: number
  push(bytes: Buffer): void
  /**
   * The next line without its CRLF. A bare LF is told as soon as it is seen, with the line up to it and the LF; the
   * rest of that line is then the next one. A line longer than `limit` octets, CRLF included, is told where it outgrows
   * it.
   */
  line(limit: number): LineRead
  /** At most so many octets, as a view; empty where none wait. */
  take(limit: number): Buffer
  /** Octets up to a line feed and with it, or all of a piece that has none, as a view; empty where none wait. */
  takeToLineFeed(): Buffer
  clear(): void
}

export type LineRead =
  | { readonly kind: "none" }
  | { readonly kind: "line"; readonly line: Buffer }
  | { readonly kind: "bare-newline"; readonly line: Buffer }
  | { readonly kind: "too-long"; readonly line: Buffer }

const CR = 0x0d
const LF = 0x0a
const empty = Buffer.alloc(0)
const smallest = 128
const none: LineRead = { kind: "none" }

export function createInput(): Input {
  let pieces: Buffer[] = []
  /** The piece that is being read: pieces before it are done; `at` is the place in it. */
  let current = 0
  let at = 0
  let waiting = 0
  /** The last piece lies in it, with room behind: small pieces that have to wait are gathered there. */
  let block: Buffer = empty
  let filled = 0
  /** The unfinished line: `size` octets of `room`. */
  let room: Buffer = empty
  let size = 0

  const advance = (octets: number): void => {
    at += octets
    waiting -= octets
    if (at < (pieces[current]?.length ?? 0)) return
    at = 0
    current += 1
    if (current === pieces.length) {
      pieces = []
      current = 0
      block = empty
      filled = 0
    } else if (current > 64 && current * 2 > pieces.length) {
      pieces = pieces.slice(current)
      current = 0
    }
  }

  const gather = (bytes: Buffer): void => {
    if (filled + bytes.length > block.length) {
      block = Buffer.allocUnsafeSlow(smallPiece)
      filled = 0
      pieces.push(empty)
    }
    bytes.copy(block, filled)
    filled += bytes.length
    pieces[pieces.length - 1] = block.subarray(0, filled)
  }

  const keep = (bytes: Buffer): void => {
    if (size + bytes.length > room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(smallest, 2 * room.length, size + bytes.length))
      room.copy(larger, 0, 0, size)
      room = larger
    }
    bytes.copy(room, size)
    size += bytes.length
  }

  /** The unfinished line with what is read now. */
  const finish = (bytes: Buffer): Buffer => {
    if (size === 0) return bytes
    keep(bytes)
    const line = room.subarray(0, size)
    room = empty
    size = 0
    return line
  }

  return {
    get waiting() {
      return waiting
    },
    get held() {
      return size
    },
    push(bytes) {
      if (bytes.length === 0) return
      waiting += bytes.length
      if (pieces.length > 0 && bytes.length < smallPiece) return gather(bytes)
      pieces.push(bytes)
      block = empty
      filled = 0
    },
    line(limit) {
      for (let piece = pieces[current]; piece !== undefined; piece = pieces[current]) {
        const lineFeed = piece.indexOf(LF, at)
        const end = lineFeed < 0 ? piece.length : lineFeed + 1
        if (size + end - at > limit) {
          const head = piece.subarray(at, at + limit - size)
          advance(head.length)
          return { kind: "too-long", line: finish(head) }
        }
        const part = piece.subarray(at, end)
        if (lineFeed < 0) {
          keep(part)
          advance(part.length)
          continue
        }
        const whole = before(piece, lineFeed) === CR
        advance(part.length)
        const line = finish(part)
        return whole ? { kind: "line", line: line.subarray(0, -2) } : { kind: "bare-newline", line }
      }
      return none
    },
    take(limit) {
      const piece = pieces[current]
      if (piece === undefined || limit === 0) return empty
      const part = piece.subarray(at, at + limit)
      advance(part.length)
      return part
    },
    takeToLineFeed() {
      const piece = pieces[current]
      if (piece === undefined) return empty
      const lineFeed = piece.indexOf(LF, at)
      const part = piece.subarray(at, lineFeed < 0 ? piece.length : lineFeed + 1)
      advance(part.length)
      return part
    },
    clear() {
      pieces = []
      block = empty
      filled = 0
      current = 0
      at = 0
      waiting = 0
      room = empty
      size = 0
    },
  }

  /** The octet of this line before a place of the piece that is being read. */
  function before(piece: Buffer, place: number): number | undefined {
    if (place > at) return piece[place - 1]
    return size > 0 ? room[size - 1] : undefined
  }
}
