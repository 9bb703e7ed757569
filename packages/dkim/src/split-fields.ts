/**
 * Header fields as bytes. DKIM signs bytes, so a field keeps its own: name, colon, folds, final CRLF.
 *
 *     field = name ":" body *( CRLF WSP body ) CRLF        (RFC 5322 §2.2)
 */
export interface HeaderField {
  /** As it is written, without white space before the colon; matched without regard to case. */
  readonly name: string
  /** The whole field with its final CRLF. */
  readonly raw: Uint8Array
}

/**
 * Splits a header block, with or without the empty line that ends it. A line that is no field (no colon on
 * its first line, or white space in front of the first one) becomes a field with an empty name, so that no byte is lost.
 */
export function splitFields(block: Uint8Array): HeaderField[] {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  const fields: HeaderField[] = []
  let start = 0
  while (start < bytes.length) {
    let end = bytes.indexOf(0x0a, start)
    while (end !== -1 && (bytes[end + 1] === 0x20 || bytes[end + 1] === 0x09))
      end = bytes.indexOf(0x0a, end + 1)
    const after = end === -1 ? bytes.length : end + 1
    const raw = bytes.subarray(start, after)
    if (raw.length <= 2 && raw[raw.length - 1] === 0x0a) break
    const isFolded = raw[0] === 0x20 || raw[0] === 0x09
    const colon = isFolded ? -1 : raw.indexOf(0x3a)
    const line = raw.indexOf(0x0a)
    const isNamed = colon !== -1 && (line === -1 || colon < line)
    fields.push({ name: isNamed ? raw.toString("latin1", 0, colon).trim() : "", raw })
    start = after
  }
  return fields
}

/** What follows the colon of a field, one character for each byte. */
export function fieldValue({ raw }: HeaderField): string {
  const text = latin1(raw)
  return text.slice(text.indexOf(":") + 1)
}

/** Bytes as text with one character for each. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
}
