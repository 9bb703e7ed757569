/**
 * The small numbers and strings of an entry.
 *
 *   number = 1*7OCTET         ; base 128, least first, high bit: more follows; below 2^48
 *   string = number *OCTET    ; length in octets, then UTF-8
 */

export class EntryError extends Error {
  override readonly name = "EntryError"
  readonly temporary = false
}

export interface EntryWriter {
  number(value: number): void
  string(text: string): void
  bytes(value: Uint8Array): void
  /** Octets so far. */
  readonly length: number
  done(): Buffer
}

export function createEntryWriter(expectedBytes = 1024): EntryWriter {
  let buffer = Buffer.allocUnsafe(expectedBytes)
  let at = 0
  const need = (count: number): void => {
    if (at + count <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + count))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  const number = (value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** 48)
      throw new RangeError(`not a number of an entry: ${value}`)
    need(7)
    let rest = value
    while (rest >= 128) {
      buffer[at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    buffer[at++] = rest
  }
  return {
    number,
    string(text) {
      const length = Buffer.byteLength(text)
      number(length)
      need(length)
      at += buffer.write(text, at, "utf8")
    },
    bytes(value) {
      number(value.length)
      need(value.length)
      buffer.set(value, at)
      at += value.length
    },
    get length() {
      return at
    },
    done: () => buffer.subarray(0, at),
  }
}

export interface EntryReader {
  number(): number
  string(): string
  bytes(): Buffer
  /** Goes past a string. */
  skip(): void
  /** Octets read so far. */
  readonly at: number
}

/** Throws EntryError where the bytes end too early: they were sealed by us, so that means damage. */
export function createEntryReader(source: Buffer, from = 0): EntryReader {
  let at = from
  const number = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const octet = source[at++]
      if (octet === undefined || scale >= 2 ** 49) throw new EntryError("an entry ends too early")
      value += (octet & 127) * scale
      if (octet < 128) return value
    }
  }
  /** Goes past a string; how long it is. */
  const pass = (): number => {
    const length = number()
    if (at + length > source.length) throw new EntryError("an entry ends too early")
    at += length
    return length
  }
  return {
    number,
    bytes() {
      const length = pass()
      return source.subarray(at - length, at)
    },
    string() {
      const length = pass()
      return source.toString("utf8", at - length, at)
    },
    skip() {
      pass()
    },
    get at() {
      return at
    },
  }
}
