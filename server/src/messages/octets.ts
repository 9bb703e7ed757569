const encoder = new TextEncoder()

/** The longest beginning of a text that is at most `limit` octets of UTF-8 and ends with a whole character. */
export function withinOctets(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text
  return text.slice(0, encoder.encodeInto(text, Buffer.allocUnsafe(limit)).read)
}
