/**
 * Reads the text of a message: takes dot-stuffing away (RFC 5321 §4.5.2), finds the end, and refuses what is
 * the raw stuff of SMTP smuggling. The only line end is CRLF (RFC 5321 §2.3.8); the only end of DATA is
 * CRLF "." CRLF. From the first bare CR, bare LF or overlong line on, nothing of the message is handed out;
 * `skip-scan.ts` then looks for its true end.
 *
 * Fast: one native search per line end, and the bytes pass through as a view unless a dot has to go.
 * The result is the same however the bytes were cut into pieces.
 */
export interface TextScan {
  /** Reads from `bytes`, all of it unless the message ends or breaks a rule in it. */
  read(bytes: Buffer): TextRead
  /** Has the text a CR that still waits for its LF? Asked at the end of the last BDAT chunk. */
  readonly hangs: boolean
}

export interface TextRead {
  /** Octets read, terminator included. On `broken`: all before the place where the search for the end begins. */
  readonly consumed: number
  /** What is to be kept of them; nothing where a rule was broken. */
  readonly kept: Uint8Array
  /** Octets of text that came before the octet that broke a rule: they count towards the size of the message. */
  readonly before: number
  readonly state: "goes-on" | "ended" | "bare-newline" | "line-too-long"
}

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const nothing = new Uint8Array(0)

/** `stuffed`: as after DATA; otherwise the text has no terminator and no stuffing (BDAT). */
export function createTextScan(stuffed: boolean, maxLine: number): TextScan {
  let lineStart = true
  /** Octets of the line before the present piece. */
  let length = 0
  /** The last octet was a CR of the text. */
  let cr = false
  /** A line began with a dot (dropped): 1; and a CR came after it: 2. */
  let dot = 0

  const read = (bytes: Buffer): TextRead => {
    const size = bytes.length
    let at = 0
    if (dot === 1 && at < size) {
      dot = bytes[at] === CR ? 2 : 0
      if (dot === 2) at += 1
      else lineStart = false
    }
    if (dot === 2 && at < size) {
      dot = 0
      if (bytes[at] === LF) return { consumed: at + 1, kept: nothing, before: 0, state: "ended" }
      return { consumed: at, kept: nothing, before: 0, state: "bare-newline" }
    }
    const from = at
    if (cr && at < size) {
      if (bytes[at] !== LF) return { consumed: at, kept: nothing, before: 0, state: "bare-newline" }
      cr = false
      lineStart = true
      length = 0
      at += 1
    }
    // As one character an octet: searching a string costs less than searching a Buffer, measured.
    const text = bytes.toString("latin1")
    let drops: number[] | undefined
    const broken = (consumed: number, upTo: number, state: TextRead["state"]): TextRead => {
      return { consumed, kept: nothing, before: upTo - from - (drops?.length ?? 0), state }
    }
    while (at < size) {
      if (lineStart && stuffed && bytes[at] === DOT) {
        const next = bytes[at + 1]
        if (next === CR && bytes[at + 2] === LF) {
          return { consumed: at + 3, kept: without(bytes, from, at, drops), before: 0, state: "ended" }
        }
        if (at + 1 === size || (next === CR && at + 2 === size)) {
          dot = size - at
          return { consumed: size, kept: without(bytes, from, at, drops), before: 0, state: "goes-on" }
        }
        if (next === CR) return broken(at + 2, at, "bare-newline")
        drops ??= []
        drops.push(at)
        at += 1
      }
      lineStart = false
      const foundCr = text.indexOf("\r", at)
      const foundLf = text.indexOf("\n", at)
      if (foundLf < 0 && (foundCr < 0 || foundCr === size - 1)) {
        cr = foundCr >= 0
        length += size - at - (cr ? 1 : 0)
        if (length > maxLine) return broken(at, size - (length - maxLine) - (cr ? 1 : 0), "line-too-long")
        break
      }
      const end = foundCr < 0 || (foundLf >= 0 && foundLf < foundCr) ? foundLf : foundCr
      if (length + end - at > maxLine) return broken(at, at + maxLine - length, "line-too-long")
      if (foundCr < 0 || foundLf !== foundCr + 1) {
        // A bare CR is known by what follows it, so it has been counted when it comes at the end of a piece.
        return broken(end + 1, end === foundCr ? end + 1 : end, "bare-newline")
      }
      at = foundLf + 1
      length = 0
      lineStart = true
    }
    return { consumed: size, kept: without(bytes, from, size, drops), before: 0, state: "goes-on" }
  }

  return {
    read,
    get hangs() {
      return cr
    },
  }
}

/** The octets from `from` to `to` but those at `drops`; a view where there are none. */
function without(bytes: Buffer, from: number, to: number, drops: readonly number[] | undefined): Uint8Array {
  if (drops === undefined) return bytes.subarray(from, to)
  // One new buffer, not a view for each line: a text of dots must not become a million objects.
  const out = Buffer.allocUnsafeSlow(to - from - drops.length)
  let written = 0
  let at = from
  for (const drop of drops) {
    written += bytes.copy(out, written, at, drop)
    at = drop + 1
  }
  bytes.copy(out, written, at, to)
  return out
}
