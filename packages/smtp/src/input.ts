import { type LineAwaited, type LineLimits, type LineRead, longestLine, readLine } from "./command-line.ts"

/**
 * The bytes that were pushed and not read yet, and the cutting of commands out of them. A command ends in CRLF
 * and nothing else (RFC 5321 §2.3.8): one with a bare LF is reported at that LF and dropped up to the next
 * CRLF, so nothing behind the LF is ever taken for a command of its own.
 */
export interface Input {
  readonly waiting: number
  push(bytes: Uint8Array): void
  /** At most `limit` of the waiting octets, as a view; nothing is taken until `advance`. */
  peek(limit: number): Buffer
  advance(octets: number): void
  line(awaited: LineAwaited): LineRead
  /** Octets of broken lines that were dropped since it was asked last. */
  takeDropped(): number
  clear(): void
}

const CR = 0x0d
const LF = 0x0a
const empty = Buffer.alloc(0)
/** An unfinished line is copied out of a piece that is larger than it by this much. */
const slack = 512

export function createInput(limits: LineLimits): Input {
  const longest = longestLine(limits)
  let bytes: Buffer = empty
  let at = 0
  /** No LF lies before this place. */
  let searched = 0
  /** A line is being dropped up to its CRLF; `lastWasCr` tells what was dropped last. */
  let dropping = false
  let lastWasCr = false
  let dropped = 0

  const clear = (): void => {
    bytes = empty
    at = 0
    searched = 0
  }

  const advance = (octets: number): void => {
    at += octets
    if (at === bytes.length) clear()
  }

  const rest = (): Buffer => {
    const copy = Buffer.allocUnsafeSlow(bytes.length - at)
    bytes.copy(copy, 0, at)
    return copy
  }

  const startDropping = (wasCr: boolean): void => {
    dropping = true
    lastWasCr = wasCr
  }

  /** 0 where the CRLF is not there yet. */
  const octetsToLineEnd = (): number => {
    if (lastWasCr && bytes[at] === LF) return 1
    const found = bytes.indexOf("\r\n", at, "latin1")
    return found < 0 ? 0 : found + 2 - at
  }

  /** True when the CRLF was found. */
  const drop = (): boolean => {
    if (at === bytes.length) return false
    const octets = octetsToLineEnd()
    if (octets > 0) {
      dropping = false
      dropped += octets
      advance(octets)
      return true
    }
    lastWasCr = bytes.at(-1) === CR
    dropped += bytes.length - at
    clear()
    return false
  }

  const line = (awaited: LineAwaited): LineRead => {
    if (dropping && !drop()) return { kind: "none" }
    const lineFeed = at === bytes.length ? -1 : bytes.indexOf(LF, Math.max(at, searched))
    const size = lineFeed < 0 ? bytes.length - at : lineFeed + 1 - at
    if (size > longest) {
      // Told where the line outgrows the limit, so that it does not matter how it was cut.
      startDropping(bytes[at + longest - 1] === CR)
      advance(longest)
      return { kind: "line-too-long" }
    }
    if (lineFeed < 0) {
      if (size > 0 && bytes.buffer.byteLength > size + slack) {
        bytes = rest()
        at = 0
      }
      searched = bytes.length
      return { kind: "none" }
    }
    const from = at
    const whole = bytes
    advance(size)
    const read = readLine(whole, from, lineFeed, limits, awaited)
    if (read.kind === "bare-newline" && (size === 1 || whole[lineFeed - 1] !== CR)) startDropping(false)
    return read
  }

  return {
    get waiting() {
      return bytes.length - at
    },
    push(more) {
      const view = Buffer.from(more.buffer, more.byteOffset, more.byteLength)
      const left = bytes.length - at
      if (left === 0) {
        bytes = view
        searched = 0
      } else {
        const joined = Buffer.allocUnsafeSlow(left + view.length)
        bytes.copy(joined, 0, at)
        view.copy(joined, left)
        searched = Math.max(0, searched - at)
        bytes = joined
      }
      at = 0
    },
    peek: limit => bytes.subarray(at, Math.min(bytes.length, at + limit)),
    advance,
    line,
    takeDropped() {
      const octets = dropped
      dropped = 0
      return octets
    },
    clear() {
      clear()
      dropping = false
    },
  }
}
