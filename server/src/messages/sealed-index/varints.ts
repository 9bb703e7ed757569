/**
 * Small whole numbers in the streams of a segment.
 *
 *   number = 1*7OCTET         ; base 128, least first, high bit: more follows; below 2^48
 */
import { DamagedIndexError } from "./damaged-index-error.ts"

/** Octets to which more can be added. */
export interface Octets {
  number(value: number): void
  raw(bytes: Uint8Array): void
  /** A binary string: one character an octet. */
  binary(text: string): void
  readonly length: number
  /** What there is: a view, which holds until more is written after `clear`. */
  view(): Buffer
  /** Begins anew in the same memory. */
  clear(): void
}

/** Characters that are written sooner one by one than by a call. */
const shortText = 24

export function createOctets(expected = 4096): Octets {
  let buffer = Buffer.allocUnsafe(expected)
  let at = 0
  const need = (count: number): void => {
    if (at + count <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + count))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  return {
    number(value) {
      need(7)
      let rest = value
      while (rest >= 128) {
        buffer[at++] = (rest % 128) + 128
        rest = Math.floor(rest / 128)
      }
      buffer[at++] = rest
    },
    raw(bytes) {
      need(bytes.length)
      buffer.set(bytes, at)
      at += bytes.length
    },
    binary(text) {
      need(text.length)
      if (text.length > shortText) at += buffer.write(text, at, "latin1")
      else for (let place = 0; place < text.length; place++) buffer[at++] = text.charCodeAt(place)
    },
    get length() {
      return at
    },
    view: () => buffer.subarray(0, at),
    clear() {
      at = 0
    },
  }
}

export interface OctetReader {
  number(): number
  /** A view. */
  raw(length: number): Buffer
  readonly at: number
  readonly left: number
}

/** Throws DamagedIndexError where the bytes end too early. */
export function readOctets(source: Buffer, from = 0): OctetReader {
  let at = from
  return {
    number() {
      let value = 0
      for (let scale = 1; ; scale *= 128) {
        const octet = source[at++]
        if (octet === undefined || scale >= 2 ** 49) throw new DamagedIndexError("a number ends too early")
        value += (octet & 127) * scale
        if (octet < 128) return value
      }
    },
    raw(length) {
      if (at + length > source.length) throw new DamagedIndexError("bytes end too early")
      at += length
      return source.subarray(at - length, at)
    },
    get at() {
      return at
    },
    get left() {
      return source.length - at
    },
  }
}
