/**
 * Writes DER (X.690 §10), as much of it as a certificate needs. Each function returns one whole element.
 *
 *   element = tag length content        ; length: one octet below 128, else %x80 + count, then the octets
 */

export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.from([0x80 + octets.length, ...octets])
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content)
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const octetString = (content: Uint8Array): Buffer => element(0x04, content)
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
export const bitString = (content: Uint8Array): Buffer => element(0x03, Buffer.from([0]), content)
/** Context-specific and constructed: `[n]` around other elements. */
export const tagged = (n: number, ...content: readonly Uint8Array[]): Buffer => element(0xa0 + n, ...content)

/** A number that is not negative, big-endian. */
export function integer(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex(octet => octet !== 0)
  const trimmed = first === -1 ? Buffer.from([0]) : Buffer.from(magnitude.subarray(first))
  // A leading one bit would mean a negative number (X.690 §8.3).
  return element(0x02, ...((trimmed[0] ?? 0) >= 128 ? [Buffer.from([0])] : []), trimmed)
}

/** From its dotted form, such as "2.5.4.3" (X.690 §8.19). */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const octets = [first * 40 + second, ...rest].flatMap(arc => {
    const groups = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left % 128) + 128)
    return groups
  })
  return element(0x06, Buffer.from(octets))
}

/** UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")
  return new Date(ms).getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}
