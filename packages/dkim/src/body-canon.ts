/**
 * Canonical bodies (RFC 6376 §3.4.3, §3.4.4) on the stream. What needs no change is handed on as the span of the
 * chunk where it lies, without a copy; only what does need one is rewritten, in runs. The text has CRLF line ends; a
 * bare CR or LF is an ordinary byte.
 *
 * Between chunks three things can be undecided, always in this order: line ends that vanish if nothing follows, one
 * space that vanishes if the line ends, a CR that may be half of a CRLF.
 */
export interface BodyCanon {
  update(chunk: Uint8Array): void
  finish(): void
}

/** Takes canonical bytes; they are only lent. */
export type Sink = (bytes: Uint8Array) => void

const cr = 0x0d
const lf = 0x0a
const space = 0x20
const tab = 0x09

const crlf = Buffer.from("\r\n")
const oneCr = Buffer.from("\r")
const manyCrlf = Buffer.from("\r\n".repeat(1024))

function emitCrlfs(count: number, sink: Sink): void {
  for (let left = count; left > 0; left -= 1024)
    sink(left >= 1024 ? manyCrlf : manyCrlf.subarray(0, left * 2))
}

export function createSimpleBody(sink: Sink): BodyCanon {
  let heldCrlfs = 0
  let isCrHeld = false
  const content = (bytes: Uint8Array): void => {
    emitCrlfs(heldCrlfs, sink)
    heldCrlfs = 0
    sink(bytes)
  }
  return {
    update(chunk) {
      let start = 0
      if (isCrHeld && chunk.length > 0) {
        isCrHeld = false
        if (chunk[0] === lf) {
          heldCrlfs += 1
          start = 1
        } else content(oneCr)
      }
      let end = chunk.length
      if (end > start && chunk[end - 1] === cr) {
        isCrHeld = true
        end -= 1
      }
      let ends = 0
      while (end - 2 >= start && chunk[end - 1] === lf && chunk[end - 2] === cr) {
        end -= 2
        ends += 1
      }
      if (end > start) content(chunk.subarray(start, end))
      heldCrlfs += ends
    },
    finish() {
      if (isCrHeld) content(oneCr)
      // RFC 6376 §3.4.3: exactly one CRLF at the end, for an empty body too.
      sink(crlf)
    },
  }
}

/** A span that needs no change is handed on as it is from this length on; shorter ones are copied together. */
const spanBytes = 512
const scratchBytes = 16 * 1024
const none = Buffer.alloc(0)

export function createRelaxedBody(sink: Sink): BodyCanon {
  let scratch = none
  let filled = 0
  let heldCrlfs = 0
  let isSpaceHeld = false
  let isCrHeld = false
  let isEmpty = true

  /** Many signatures want no relaxed body: the space to rewrite in is made when it is needed. */
  const makeRoom = (): void => {
    if (scratch === none) scratch = Buffer.allocUnsafe(scratchBytes)
  }

  const drain = (): void => {
    if (filled > 0) sink(scratch.subarray(0, filled))
    filled = 0
  }

  /** Emits the line ends and the space that now turn out to stand before content. */
  const release = (): void => {
    makeRoom()
    if (heldCrlfs > 0) {
      if (heldCrlfs * 2 > scratchBytes - filled - spanBytes * 4) {
        drain()
        emitCrlfs(heldCrlfs, sink)
      } else {
        for (; heldCrlfs > 0; heldCrlfs -= 1) {
          scratch[filled] = cr
          scratch[filled + 1] = lf
          filled += 2
        }
      }
      heldCrlfs = 0
    }
    if (isSpaceHeld) {
      scratch[filled] = space
      filled += 1
      isSpaceHeld = false
    }
    isEmpty = false
  }

  /** `[start, end)` holds no tab, no double space, no space before a CR, and nothing but line ends is held. */
  const span = (chunk: Buffer, start: number, end: number): void => {
    let stop = end
    let endsInSpace = false
    let endsInCr = false
    if (chunk[stop - 1] === space) {
      endsInSpace = true
      stop -= 1
    } else if (chunk[stop - 1] === cr) {
      endsInCr = true
      stop -= 1
    }
    let ends = 0
    while (stop - 2 >= start && chunk[stop - 1] === lf && chunk[stop - 2] === cr) {
      stop -= 2
      ends += 1
    }
    if (stop > start) {
      release()
      drain()
      sink(chunk.subarray(start, stop))
    }
    heldCrlfs += ends
    isSpaceHeld = endsInSpace
    isCrHeld = endsInCr
  }

  /** Rewrites `[start, end)` byte by byte into the scratch space, which has room for it. */
  const rewrite = (chunk: Buffer, start: number, end: number): void => {
    makeRoom()
    // In local variables, since this runs for each byte.
    const out = scratch
    let to = filled
    let crlfs = heldCrlfs
    let hasSpace = isSpaceHeld
    let hasCr = isCrHeld
    for (let at = start; at < end; at += 1) {
      const byte = chunk[at] ?? 0
      if (hasCr && byte === lf) {
        hasCr = false
        hasSpace = false
        crlfs += 1
      } else if (!hasCr && (byte === space || byte === tab)) hasSpace = true
      else if (!hasCr && byte === cr) hasCr = true
      else {
        if (crlfs > spanBytes / 2) {
          filled = to
          drain()
          emitCrlfs(crlfs, sink)
          to = 0
          crlfs = 0
          isEmpty = false
        }
        for (; crlfs > 0; crlfs -= 1) {
          out[to] = cr
          out[to + 1] = lf
          to += 2
        }
        if (hasSpace) {
          out[to] = space
          to += 1
          hasSpace = false
        }
        if (hasCr) {
          // It was no line end after all; the byte after it is looked at again.
          out[to] = cr
          to += 1
          hasCr = false
          at -= 1
          continue
        }
        out[to] = byte
        to += 1
        while (at + 1 < end) {
          const next = chunk[at + 1] ?? 0
          if (next <= space) break
          out[to] = next
          to += 1
          at += 1
        }
      }
    }
    isEmpty &&= to === filled
    filled = to
    heldCrlfs = crlfs
    isSpaceHeld = hasSpace
    isCrHeld = hasCr
  }

  return {
    update(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const length = bytes.length
      let at = 0
      let nextSpace = -1
      let nextTab = -1
      while (at < length) {
        let dirty = at
        if (!isSpaceHeld && !isCrHeld) {
          if (nextSpace < at) nextSpace = indexOrEnd(bytes, space, at)
          if (nextTab < at) nextTab = indexOrEnd(bytes, tab, at)
          const white = Math.min(nextSpace, nextTab)
          dirty = white - at >= spanBytes ? white : nextDirty(bytes, at)
        }
        if (dirty - at >= spanBytes) {
          span(bytes, at, dirty)
          at = dirty
        } else {
          const end = Math.min(length, at + spanBytes)
          if (filled > scratchBytes - spanBytes * 4) drain()
          rewrite(bytes, at, end)
          at = end
        }
      }
    },
    finish() {
      if (isCrHeld) {
        release()
        scratch[filled] = cr
        filled += 1
      }
      drain()
      // RFC 6376 §3.4.4: one CRLF at the end of whatever there is, nothing for an empty body.
      if (!isEmpty) sink(crlf)
    },
  }
}

function indexOrEnd(bytes: Buffer, byte: number, from: number): number {
  const found = bytes.indexOf(byte, from)
  return found === -1 ? bytes.length : found
}

/** Where the next byte stands that relaxing may change: a tab, or a space before a space, a tab or a CR. */
function nextDirty(bytes: Buffer, from: number): number {
  const length = bytes.length
  for (let at = from; at < length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte > space) continue
    if (byte === tab) return at
    if (byte === space && at + 1 < length) {
      const next = bytes[at + 1]
      if (next === space || next === cr || next === tab) return at
    }
  }
  return length
}
