/**
 * Reads mboxrd from chunks cut anywhere. A line of "From " begins an entry at the start of the file and behind
 * an empty line, so that files whose writer quoted carelessly are read as most programs read them.
 */

export type MboxEntry =
  | { readonly kind: "message"; readonly sender: string; readonly date: string; readonly bytes: Buffer }
  /** Longer than the limit: its bytes were dropped as they came. */
  | { readonly kind: "too-big"; readonly sender: string; readonly date: string; readonly octets: number }

/** Bytes of an envelope line kept; what is longer is cut. */
const ENVELOPE_LINE_LIMIT = 2_048

const FROM = "From "
const LF = 10
const CR = 13
const GREATER = 62

/** Bytes before the first "From " line are skipped. At most `messageLimit` bytes are held at a time, twice. */
export async function* readMbox(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  messageLimit: number,
): AsyncGenerator<MboxEntry> {
  const reading = createReading(messageLimit)
  for await (const chunk of chunks) {
    const done = reading.read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    yield* done
  }
  const last = reading.finish()
  if (last !== undefined) yield last
}

interface Reading {
  read(chunk: Buffer): readonly MboxEntry[]
  finish(): MboxEntry | undefined
}

/**
 * At the start of a line only two numbers must be kept between chunks: how many ">" and how many letters of
 * "From " have been seen. All other bytes go straight to the message.
 */
function createReading(messageLimit: number): Reading {
  let state: "line-start" | "in-line" | "in-envelope" = "line-start"
  let quotes = 0
  let letters = 0
  /** A line so far of CR alone: the start of an empty one, perhaps. */
  let lone = false
  /** The line before was empty, or this is the first. */
  let mayBegin = true
  let envelope: string | undefined
  let body = createBody(messageLimit)
  let done: MboxEntry[] = []

  const keep = (bytes: Buffer) => {
    if (envelope !== undefined) body.add(bytes)
  }
  const endEntry = () => {
    if (envelope !== undefined) done.push(entryOf(envelope, body))
    body = createBody(messageLimit)
  }
  /** The start of the line is decided, and it begins no entry. */
  const releasePrefix = () => {
    const quoted = letters === FROM.length && quotes > 0
    const kept = ">".repeat(quoted ? quotes - 1 : quotes) + FROM.slice(0, letters) + (lone ? "\r" : "")
    if (kept !== "") keep(Buffer.from(kept))
    mayBegin = false
    startLine("in-line")
  }
  const startLine = (next: typeof state) => {
    quotes = 0
    letters = 0
    lone = false
    state = next
  }
  const readLineStart = (chunk: Buffer, from: number): number => {
    let at = from
    while (at < chunk.length && quotes <= messageLimit) {
      const code = chunk[at] ?? 0
      const nothingYet = quotes === 0 && letters === 0
      if (code === LF && nothingYet) {
        releasePrefix()
        keep(chunk.subarray(at, at + 1))
        mayBegin = true
        startLine("line-start")
        return at + 1
      }
      if (lone) break
      if (code === CR && nothingYet) lone = true
      else if (code === GREATER && letters === 0) quotes++
      else if (code === FROM.charCodeAt(letters)) letters++
      else break
      at++
      if (letters === FROM.length) {
        if (quotes > 0 || !mayBegin) break
        endEntry()
        envelope = ""
        startLine("in-envelope")
        return at
      }
    }
    if (at < chunk.length || letters === FROM.length || quotes > messageLimit) releasePrefix()
    return at
  }
  const readRest = (chunk: Buffer, from: number): number => {
    const lineFeed = chunk.indexOf(LF, from)
    const end = lineFeed === -1 ? chunk.length : lineFeed + 1
    if (state === "in-line") keep(chunk.subarray(from, end))
    else envelope = ((envelope ?? "") + chunk.toString("latin1", from, end)).slice(0, ENVELOPE_LINE_LIMIT)
    if (lineFeed !== -1) {
      mayBegin = false
      state = "line-start"
    }
    return end
  }
  return {
    read: chunk => {
      done = []
      let at = 0
      while (at < chunk.length) at = state === "line-start" ? readLineStart(chunk, at) : readRest(chunk, at)
      return done
    },
    finish: () => {
      done = []
      if (state === "line-start") releasePrefix()
      endEntry()
      return done[0]
    },
  }
}

interface Body {
  add(bytes: Buffer): void
  readonly octets: number
  /** Undefined when the limit was passed. */
  take(): Buffer | undefined
}

function createBody(limit: number): Body {
  let pieces: Buffer[] = []
  let octets = 0
  return {
    add: bytes => {
      octets += bytes.length
      // The separator's line feed, and a CR before it, are not the message's.
      if (octets > limit + 2) pieces = []
      else pieces.push(bytes)
    },
    get octets() {
      return octets
    },
    take: () => (octets > limit + 2 ? undefined : Buffer.concat(pieces)),
  }
}

function entryOf(line: string, body: Body): MboxEntry {
  const words = line.trim()
  const space = words.indexOf(" ")
  const sender = space === -1 ? words : words.slice(0, space)
  const date = space === -1 ? "" : words.slice(space + 1).trim()
  const bytes = body.take()
  if (bytes === undefined) return { kind: "too-big", sender, date, octets: body.octets }
  return { kind: "message", sender, date, bytes: withoutSeparator(bytes) }
}

/** Takes the empty line off that stands before the next entry; the last entry of a file may have none. */
function withoutSeparator(bytes: Buffer): Buffer {
  const last = bytes.length - 1
  if (bytes[last] !== LF) return bytes
  const end = bytes[last - 1] === CR ? last - 1 : last
  return end === 0 || bytes[end - 1] === LF ? bytes.subarray(0, end) : bytes
}
