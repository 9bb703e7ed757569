/**
 * The parts of one multipart body, by its delimiter lines.
 *
 * A line counts when it holds the boundary and nothing but white space or "--" behind it: RFC 2046 §5.1.1 lets
 * a reader compare the beginning of the line alone, but then the boundary "a" would end the parts of an inner
 * "ab", and such pairs are in use.
 *
 * The lines that begin with "--" are found once for a message and shared by its multiparts. A search for each
 * boundary would be repeated at every depth, and one stranger's bytes can make it look at each of them many times.
 */
import {
  BOUNDARY_LIMIT,
  COMPARISONS_LIMIT,
  DASH_LINES_LIMIT,
  FALSE_DELIMITERS_LIMIT,
  type TruncatedBy,
} from "./limits.ts"

export interface DashLines {
  /** Where the line feeds lie that such lines follow, in ascending order. */
  readonly lineFeeds: readonly number[]
  /** There are more than the limit. */
  readonly truncated: boolean
  /** Comparisons with a boundary so far. */
  compared: number
}

const DASHES = Buffer.from("\n--")

/** From the body that begins at `start` to the end of all bytes. */
export function findDashLines(bytes: Buffer, start: number): DashLines {
  const lineFeeds: number[] = []
  let at = bytes.indexOf(DASHES, originOf(bytes, start))
  while (at !== -1 && lineFeeds.length < DASH_LINES_LIMIT) {
    lineFeeds.push(at)
    at = bytes.indexOf(DASHES, at + DASHES.length)
  }
  return { lineFeeds, truncated: at !== -1, compared: 0 }
}

/** The empty line before a body ends with the line feed that its first delimiter needs. */
function originOf(bytes: Buffer, start: number): number {
  return start > 0 && bytes[start - 1] === LF ? start - 1 : start
}

export interface Delimiters {
  /** Part n is [starts[n], ends[n]), without the line end that belongs to the delimiter behind it. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly truncated: TruncatedBy | undefined
}

const LF = 10
const CR = 13
const DASH = 45

/**
 * `boundary` holds one character per byte; bytes[start, end) is the body; at most `limit` parts. `lines` begin at
 * or before the body.
 */
export function findDelimiters(
  bytes: Buffer,
  lines: DashLines,
  boundary: string,
  start: number,
  end: number,
  limit: number,
): Delimiters {
  const starts: number[] = []
  const ends: number[] = []
  if (boundary.length > BOUNDARY_LIMIT) return { starts, ends, truncated: "boundary-length" }
  const wanted = Buffer.from(boundary, "latin1")
  const { lineFeeds } = lines
  let falseOnes = 0
  let open = false
  /** Where the last delimiter ended. */
  let from = originOf(bytes, start)
  for (let index = firstFrom(lineFeeds, from); index < lineFeeds.length; index++) {
    const lineFeed = lineFeeds[index] ?? end
    const behind = lineFeed + DASHES.length + wanted.length
    if (behind > end) break
    if (lineFeed < from) continue
    if (lines.compared >= COMPARISONS_LIMIT) return finish(starts, ends, open, end, "dash-lines")
    lines.compared++
    if (!holds(bytes, lineFeed + DASHES.length, wanted)) continue
    const closing = bytes[behind] === DASH && bytes[behind + 1] === DASH && behind + 2 <= end
    const lineEnd = endOfDelimiter(bytes, closing ? behind + 2 : behind, end)
    if (lineEnd === -1) {
      if (++falseOnes > FALSE_DELIMITERS_LIMIT) return finish(starts, ends, open, end, "false-delimiters")
      continue
    }
    if (open) ends.push(partEnd(bytes, starts[starts.length - 1] ?? lineFeed, lineFeed))
    open = !closing
    // RFC 2046 §5.1.1: what follows the closing delimiter is epilogue.
    if (closing) break
    if (starts.length >= limit) return finish(starts, ends, false, end, "parts")
    starts.push(lineEnd)
    from = lineEnd - 1
  }
  return finish(starts, ends, open, end, undefined)
}

/** The index of the first of ascending numbers that is `least` or more. */
function firstFrom(ascending: readonly number[], least: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}

/** Most lines differ in the first octet: those cost no call. */
function holds(bytes: Buffer, at: number, wanted: Buffer): boolean {
  return bytes[at] === wanted[0] && bytes.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0
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
