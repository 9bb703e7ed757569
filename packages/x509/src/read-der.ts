/**
 * Reads DER (X.690 §10), as much of it as is needed to find what stands in a certificate.
 *
 *   element = tag length content        ; length: one octet below 128, else %x80 + count, then the octets
 */
export interface Element {
  readonly tag: number
  /** The whole element. */
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/** Length octets that are read: content of up to 16 MiB. */
const lengthOctetLimit = 3

/** The element at `at`; undefined where it does not fit before `end`, or its tag or length is of a form that DER has not here. */
export function readElement(bytes: Uint8Array, at: number, end: number): Element | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || at + 2 > end || (tag & 0x1f) === 0x1f) return undefined
  let length = first
  let contentStart = at + 2
  if (first >= 0x80) {
    const count = first - 0x80
    if (count === 0 || count > lengthOctetLimit) return undefined
    length = 0
    for (let n = 0; n < count; n += 1) length = length * 256 + (bytes[contentStart + n] ?? 0)
    contentStart += count
    if (length < 128) return undefined
  }
  const elementEnd = contentStart + length
  return elementEnd > end ? undefined : { tag, start: at, contentStart, end: elementEnd }
}

/** What lies in an element, one after the other; undefined unless the elements fill it. */
export function childrenOf(bytes: Uint8Array, parent: Element): readonly Element[] | undefined {
  const children: Element[] = []
  let at = parent.contentStart
  while (at < parent.end) {
    const child = readElement(bytes, at, parent.end)
    if (child === undefined) return undefined
    children.push(child)
    at = child.end
  }
  return children
}

export function contentOf(bytes: Buffer, element: Element): Buffer {
  return bytes.subarray(element.contentStart, element.end)
}
