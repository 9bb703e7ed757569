/**
 * Gathers a message that arrives in pieces: hands on its header as soon as it is whole and the body as it comes,
 * and keeps all pieces. In memory: the door bounds each message and all of them together.
 */

import { FIELDS_LIMIT } from "@letterkeep/mime"

/** Octets of header; Postfix draws the line at 100 KB, Exchange at 256 KB. */
export const headerLimit = 256 * 1024

export type HeaderFault = "too-long" | "too-many-fields"

export interface Gathering {
  write(chunk: Uint8Array): void
  /** All of it, when no more comes. A message without an empty line is all header (RFC 5322 §3.5). */
  end(): Buffer
  /** What the header passed its limits by; nothing is handed on then. */
  readonly headerFault: HeaderFault | undefined
}

export function gather(onHeader: (block: Buffer) => void, onBody: (chunk: Buffer) => void): Gathering {
  const pieces: Buffer[] = []
  let length = 0
  let inHeader = true
  let headerFault: HeaderFault | undefined
  /** The last bytes before the next piece, so that an empty line cut in two is found. */
  let tail: Buffer = Buffer.alloc(0)

  /** `header` ends before its empty line, `body` begins after it. */
  const handOver = (header: number, body: number): void => {
    inHeader = false
    const whole = joined(pieces)
    const block = whole.subarray(0, header)
    headerFault = faultOf(block)
    if (headerFault !== undefined) return
    onHeader(block)
    if (body < whole.length) onBody(whole.subarray(body))
  }

  return {
    get headerFault() {
      return headerFault
    },
    write(chunk) {
      const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const window = tail.length === 0 ? piece : Buffer.concat([tail, piece])
      const windowStart = length - tail.length
      pieces.push(piece)
      length += piece.length
      if (headerFault !== undefined) return
      if (!inHeader) return onBody(piece)
      // A message may begin with the empty line: then it has no header at all.
      if (windowStart === 0 && window[0] === 13 && window[1] === 10) return handOver(0, 2)
      const end = window.indexOf("\r\n\r\n")
      if (end !== -1) return handOver(windowStart + end + 2, windowStart + end + 4)
      tail = window.subarray(-3)
      if (length > headerLimit) headerFault = "too-long"
    },
    end() {
      if (inHeader && headerFault === undefined) handOver(length, length)
      const whole = joined(pieces)
      pieces.length = 0 // the pieces would lie in memory beside the whole
      return whole
    },
  }
}

function faultOf(block: Buffer): HeaderFault | undefined {
  if (block.length > headerLimit) return "too-long"
  return hasMoreFields(block, FIELDS_LIMIT) ? "too-many-fields" : undefined
}

/** A field is a line and those behind it that begin with white space (RFC 5322 §2.2.3). */
function hasMoreFields(block: Buffer, limit: number): boolean {
  let count = 0
  for (let at = 0; at < block.length; ) {
    const first = block[at]
    if (first !== SPACE && first !== TAB && ++count > limit) return true
    const end = block.indexOf(LF, at)
    if (end === -1) return false
    at = end + 1
  }
  return false
}

const LF = 10
const SPACE = 32
const TAB = 9

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}
