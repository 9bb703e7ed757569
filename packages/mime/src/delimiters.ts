/**
 * The parts of one multipart body, by its delimiter lines.
 *
 * A line counts when it holds the boundary and nothing but white space or "--" behind it: RFC 2046 §5.1.1 lets
 * a reader compare the beginning of the line alone, but then the boundary "a" would end the parts of an inner
 * "ab", and such pairs are in use.
 */
import { BOUNDARY_LIMIT, FALSE_DELIMITERS_LIMIT, type TruncatedBy } from "./limits.ts"

export interface Delimiters {
  /** Part n is [starts[n], ends[n]), without the line end that belongs to the delimiter behind it. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly truncated: TruncatedBy | undefined
}

const LF = 10
const CR = 13
const DASH = 45

/** `boundary` holds one character per byte; bytes[start, end) is the body; at most `limit` parts. */
export function findDelimiters(
  bytes: Buffer,
  boundary: string,
  start: number,
  end: number,
  limit: number,
): Delimiters {
  const starts: number[] = []
  const ends: number[] = []
  if (boundary.length > BOUNDARY_LIMIT) return { starts, ends, truncated: "boundary-length" }
  const needle = Buffer.from(`\n--${boundary}`, "latin1")
  // The empty line before the body ends with the line feed that the first delimiter needs.
  const origin = start > 0 && bytes[start - 1] === LF ? start - 1 : start
  const region = bytes.subarray(origin, end)
  let falseOnes = 0
  let open = false
  let at = region.indexOf(needle)
  while (at !== -1) {
    const lineFeed = origin + at
    const behind = lineFeed + needle.length
    const closing = bytes[behind] === DASH && bytes[behind + 1] === DASH && behind + 2 <= end
    const lineEnd = endOfDelimiter(bytes, closing ? behind + 2 : behind, end)
    if (lineEnd === -1) {
      if (++falseOnes > FALSE_DELIMITERS_LIMIT) return finish(starts, ends, open, end, "false-delimiters")
      at = region.indexOf(needle, at + 1)
      continue
    }
    if (open) ends.push(partEnd(bytes, starts[starts.length - 1] ?? lineFeed, lineFeed))
    open = !closing
    // RFC 2046 §5.1.1: what follows the closing delimiter is epilogue.
    if (closing) break
    if (starts.length >= limit) return finish(starts, ends, false, end, "parts")
    starts.push(lineEnd)
    at = region.indexOf(needle, lineEnd - origin - 1)
  }
  return finish(starts, ends, open, end, undefined)
}

function finish(
  starts: number[],
  ends: number[],
  open: boolean,
  end: number,
  truncated: TruncatedBy | undefined,
): Delimiters {
  if (open) ends.push(end)
  return { starts, ends, truncated }
}

/** Behind the line end of a delimiter whose boundary ended at `from`; -1 where something else follows. */
function endOfDelimiter(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++
  if (at >= end) return end
  if (bytes[at] === LF) return at + 1
  return bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF ? at + 2 : -1
}

/** The line end before a delimiter belongs to it. */
function partEnd(bytes: Buffer, start: number, lineFeed: number): number {
  const end = lineFeed > start && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed
  return Math.max(start, end)
}
