/**
 * Rows for `COPY … FROM STDIN (FORMAT binary)`, written into growing buffers that need no second pass.
 * Layout: PostgreSQL manual, COPY, "Binary Format": a header of 19 bytes; for each row a 16-bit count of fields,
 * for each field a 32-bit length (-1: null) and its bytes; a trailer of -1 as 16 bits.
 *
 * A row has as many values as there are columns, in their order; `row()` starts the next one. Wrong counts and
 * values out of range throw RangeError before anything is sent.
 */
export interface CopyRows {
  readonly table: string
  readonly columns: readonly string[]
  row(): void
  int2(value: number): void
  int4(value: number): void
  /** A whole number within ±(2^53 − 1). */
  int8(value: number): void
  uuid(bytes16: Uint8Array): void
  /** One value made of all parts in their order. Large parts are kept, not copied: do not change them. */
  bytea(...parts: readonly Uint8Array[]): void
  text(value: string): void
  textArray(values: readonly string[]): void
  /** Milliseconds since 1970. */
  timestamptz(ms: number): void
  bool(value: boolean): void
  null(): void
  /** Rows begun so far. */
  readonly count: number
  /** Bytes of the stream so far, header and trailer included. */
  readonly bytes: number
}

/** Rows that can be read back for sending: what `createCopyRows` really makes. */
export interface SendableRows extends CopyRows {
  /** Ends the rows; they take no more. The parts in their order are the whole stream. */
  finish(): readonly Uint8Array[]
}

const signature = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1")
/** From here on bytes are handed on as they are instead of being copied into the page. */
const keepWhole = 4096
const pageBytes = 16 * 1024
/** Postgres refuses a field of 1 GB; nothing here comes near. */
const fieldLimit = 256 * 1024 * 1024
const textOid = 25
/** Milliseconds from 1970 to 2000, where Postgres begins to count. */
const epoch2000 = 946_684_800_000
/** From where Postgres' calendar begins (4713 BC) to where that of Date ends. */
const earliestMs = -210_866_803_200_000
const latestMs = 8_640_000_000_000_000

export function createCopyRows(table: string, columns: readonly string[]): SendableRows {
  const width = columns.length
  const parts: Uint8Array[] = []
  let page = Buffer.allocUnsafe(pageBytes)
  let start = 0
  let at = signature.copy(page)
  let before = 0
  let count = 0
  let missing = 0
  let finished = false

  const cut = (): void => {
    if (at > start) parts.push(page.subarray(start, at))
    before += at - start
    start = at
  }
  const fit = (bytes: number): void => {
    if (page.length - at >= bytes) return
    cut()
    page = Buffer.allocUnsafe(Math.max(pageBytes, bytes))
    start = 0
    at = 0
  }
  /** Opens a field of `length` bytes, of which `inPage` follow in the page. */
  const field = (length: number, inPage: number): void => {
    if (missing === 0) throw new RangeError(`too many values for a row of ${table}`)
    if (length > fieldLimit) throw new RangeError(`a field of ${length} bytes is over the limit`)
    missing--
    fit(4 + inPage)
    at = page.writeInt32BE(length, at)
  }
  const whole = (value: number, limit: number): void => {
    if (!Number.isSafeInteger(value) || value > limit || value < -limit - 1) {
      throw new RangeError(`not a whole number that fits its column in ${table}`)
    }
  }
  const int8 = (value: number): void => {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe whole number for ${table}`)
    field(8, 8)
    at = page.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
    at = page.writeUInt32BE(value >>> 0, at)
  }
  const refuseNul = (value: string): void => {
    if (value.includes("\0"))
      throw new RangeError(`text for ${table} holds a NUL, which Postgres cannot keep`)
  }

  return {
    table,
    columns,
    get count() {
      return count
    },
    get bytes() {
      return before + (at - start) + (finished ? 0 : 2)
    },
    row() {
      if (finished) throw new RangeError(`the rows of ${table} are finished`)
      if (missing !== 0) throw new RangeError(`a row of ${table} lacks ${missing} values`)
      fit(2)
      at = page.writeInt16BE(width, at)
      missing = width
      count++
    },
    int2(value) {
      whole(value, 0x7fff)
      field(2, 2)
      at = page.writeInt16BE(value, at)
    },
    int4(value) {
      whole(value, 0x7fff_ffff)
      field(4, 4)
      at = page.writeInt32BE(value, at)
    },
    int8,
    uuid(bytes16) {
      if (bytes16.length !== 16) throw new RangeError("a uuid has 16 bytes")
      field(16, 16)
      page.set(bytes16, at)
      at += 16
    },
    bytea(...given) {
      let length = 0
      for (const part of given) length += part.length
      field(length, 0)
      for (const part of given) {
        if (part.length >= keepWhole) {
          cut()
          parts.push(part)
          before += part.length
        } else {
          fit(part.length)
          page.set(part, at)
          at += part.length
        }
      }
    },
    text(value) {
      refuseNul(value)
      const length = Buffer.byteLength(value)
      field(length, length)
      at += page.write(value, at, length, "utf8")
    },
    textArray(values) {
      let length = values.length === 0 ? 12 : 20
      for (const value of values) {
        refuseNul(value)
        length += 4 + Buffer.byteLength(value)
      }
      field(length, length)
      // Dimensions, "has nulls", element type; then, for the one dimension, its length and lower bound.
      at = page.writeInt32BE(values.length === 0 ? 0 : 1, at)
      at = page.writeInt32BE(0, at)
      at = page.writeInt32BE(textOid, at)
      if (values.length === 0) return
      at = page.writeInt32BE(values.length, at)
      at = page.writeInt32BE(1, at)
      for (const value of values) {
        const written = page.write(value, at + 4)
        page.writeInt32BE(written, at)
        at += 4 + written
      }
    },
    timestamptz(ms) {
      const micros = Math.round((ms - epoch2000) * 1000)
      if (Number.isSafeInteger(micros)) {
        int8(micros)
        return
      }
      // Before 1714 and after 2285, which the dates of old and of odd mail reach.
      if (!(ms >= earliestMs && ms <= latestMs)) throw new RangeError(`not a time for ${table}`)
      field(8, 8)
      at = page.writeBigInt64BE(BigInt(Math.round(ms - epoch2000)) * 1000n, at)
    },
    bool(value) {
      field(1, 1)
      at = page.writeUInt8(value ? 1 : 0, at)
    },
    null() {
      if (missing === 0) throw new RangeError(`too many values for a row of ${table}`)
      missing--
      fit(4)
      at = page.writeInt32BE(-1, at)
    },
    finish() {
      if (finished) throw new RangeError(`the rows of ${table} are finished`)
      if (missing !== 0) throw new RangeError(`a row of ${table} lacks ${missing} values`)
      fit(2)
      at = page.writeInt16BE(-1, at)
      finished = true
      cut()
      return parts
    },
  }
}
