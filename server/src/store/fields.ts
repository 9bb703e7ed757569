/**
 * Reads the values of a row in Postgres' binary format, one after the other in the order of its columns, without an
 * object for each. Layout of a row, in COPY and in the protocol's DataRow alike: a 16-bit count of fields; for each a
 * 32-bit length (-1: null) and its bytes. Numbers are big-endian.
 *
 * Each function throws StoreError when the value is null or has another length than its type: the query and the
 * reader of its rows do not fit each other.
 */
import { StoreError } from "./store-error.ts"

export interface Fields {
  /** Whether the next value is null; it is then passed over. */
  isNull(): boolean
  int2(): number
  int4(): number
  /** RangeError above 2^53 − 1. */
  int8(): number
  bool(): boolean
  /** 16 bytes of their own. */
  uuid(): Buffer
  /** A view of what came in, until the reader of the row returns: use it there, or copy it. */
  bytea(): Buffer
  text(): string
  /** Milliseconds since 1970, microseconds cut off. */
  timestamptz(): number
  /** Of one dimension, without nulls. */
  texts(): string[]
  int8s(): Float64Array
}

export interface RowFields extends Fields {
  /** Goes on with the row at `at`. */
  begin(bytes: Buffer, at: number): void
}

/** Milliseconds from 1970 to 2000, where Postgres begins to count. */
const epoch2000 = 946_684_800_000

export function createRowFields(): RowFields {
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  let left = 0

  /** Enters the next value: its length. */
  const enter = (): number => {
    if (left === 0) throw misfit("a row has fewer values than are read")
    left--
    const length = bytes.readInt32BE(at)
    at += 4
    if (length === -1) throw misfit("a value is null")
    return length
  }
  const enterOf = (length: number): void => {
    if (enter() !== length) throw misfit("a value has another length than its type")
  }
  const readInt8 = (from: number): number => {
    const value = bytes.readInt32BE(from) * 0x1_0000_0000 + bytes.readUInt32BE(from + 4)
    if (!Number.isSafeInteger(value)) throw new RangeError("a bigint of the database is over 2^53 − 1")
    return value
  }
  const int8 = (): number => {
    enterOf(8)
    at += 8
    return readInt8(at - 8)
  }
  /** Enters an array: how many elements it has. Dimensions, "has nulls", element type; then length and lower bound. */
  const enterArray = (): number => {
    enter()
    const dimensions = bytes.readInt32BE(at)
    if (dimensions > 1) throw misfit("an array of several dimensions")
    at += dimensions === 0 ? 12 : 20
    return dimensions === 0 ? 0 : bytes.readInt32BE(at - 8)
  }

  return {
    begin(row, from) {
      bytes = row
      left = row.readInt16BE(from)
      at = from + 2
    },
    isNull() {
      if (left === 0) throw misfit("a row has fewer values than are read")
      if (bytes.readInt32BE(at) !== -1) return false
      at += 4
      left--
      return true
    },
    int2() {
      enterOf(2)
      at += 2
      return bytes.readInt16BE(at - 2)
    },
    int4() {
      enterOf(4)
      at += 4
      return bytes.readInt32BE(at - 4)
    },
    int8,
    bool() {
      enterOf(1)
      return bytes.readUInt8(at++) === 1
    },
    uuid() {
      enterOf(16)
      at += 16
      return Buffer.from(bytes.subarray(at - 16, at))
    },
    bytea() {
      const length = enter()
      at += length
      return bytes.subarray(at - length, at)
    },
    text() {
      const length = enter()
      at += length
      return bytes.toString("utf8", at - length, at)
    },
    timestamptz() {
      enterOf(8)
      at += 8
      // Exact up to the year 2285; a double is off by some microseconds beyond, which are cut off anyway.
      const micros = bytes.readInt32BE(at - 8) * 0x1_0000_0000 + bytes.readUInt32BE(at - 4)
      return Math.floor(micros / 1000) + epoch2000
    },
    texts() {
      const values: string[] = []
      for (let count = enterArray(); count > 0; count--) {
        const length = bytes.readInt32BE(at)
        if (length === -1) throw misfit("an array holds a null")
        at += 4 + length
        values.push(bytes.toString("utf8", at - length, at))
      }
      return values
    },
    int8s() {
      const values = new Float64Array(enterArray())
      for (let index = 0; index < values.length; index++) {
        if (bytes.readInt32BE(at) !== 8) throw misfit("an array's element is no bigint")
        values[index] = readInt8(at + 4)
        at += 12
      }
      return values
    },
  }
}

function misfit(what: string): StoreError {
  return new StoreError(`the database's answer does not fit its reader: ${what}`, { temporary: false })
}
