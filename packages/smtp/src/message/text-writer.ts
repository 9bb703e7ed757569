/**
 * The text of a message on its way out, piece by piece: for DATA with a dot before each line that begins with one, and
 * CRLF "." CRLF at the end (RFC 5321 §4.5.2); for BDAT as it is. A missing last line end is added.
 *
 * Promises: a CR or LF outside a CRLF never goes out (RFC 5321 §2.3.8), so no receiver, however lenient, finds an end
 * of the message that is not ours; what is held between pieces is where the last one ended.
 */
export interface TextWriter {
  /** `undefined` where the text is unfit: from then on nothing may be written. */
  write(piece: Uint8Array, last: boolean): Buffer | undefined
}

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const lineEnd = Buffer.from("\r\n", "latin1")
const finalDot = Buffer.from(".\r\n", "latin1")
const none = Buffer.alloc(0)

export function createTextWriter(to: "DATA" | "BDAT"): TextWriter {
  /** At the start of a line; true for a message without octets, too. */
  let lineStart = true
  /** The last octet was a CR. */
  let cr = false
  let unfit = false

  /** Places of the dots that begin a line, or undefined. */
  const scan = (bytes: Buffer): number[] | undefined => {
    const dots: number[] = []
    const size = bytes.length
    let at = 0
    if (cr && size > 0) {
      if (bytes[0] !== LF) return undefined
      cr = false
      lineStart = true
      at = 1
    }
    while (at < size) {
      if (lineStart && bytes[at] === DOT) dots.push(at)
      lineStart = false
      const foundCr = bytes.indexOf(CR, at)
      const foundLf = bytes.indexOf(LF, at)
      if (foundCr < 0 || foundCr === size - 1) {
        if (foundLf >= 0) return undefined
        cr = foundCr >= 0
        return dots
      }
      if (foundLf !== foundCr + 1) return undefined
      at = foundLf + 1
      lineStart = true
    }
    return dots
  }

  const ending = (): Buffer[] => {
    const missing = lineStart ? none : lineEnd
    return to === "DATA" ? [missing, finalDot] : [missing]
  }

  return {
    write(piece, last) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
      const dots = unfit ? undefined : scan(bytes)
      if (dots === undefined || (last && cr)) {
        unfit = true
        return undefined
      }
      const body = to === "DATA" && dots.length > 0 ? withDots(bytes, dots) : bytes
      return last ? Buffer.concat([body, ...ending()]) : body
    },
  }
}

/** One new buffer: a text of dots must not become a million pieces. */
function withDots(bytes: Buffer, dots: readonly number[]): Buffer {
  const out = Buffer.allocUnsafeSlow(bytes.length + dots.length)
  let written = 0
  let at = 0
  for (const dot of dots) {
    written += bytes.copy(out, written, at, dot)
    out[written] = DOT
    written += 1
    at = dot
  }
  bytes.copy(out, written, at)
  return out
}
