/**
 * The sender's side of RFC 5321 §4.5.2: a dot goes before each line that begins with one, and the whole ends
 * in CRLF "." CRLF. The text must have CRLF line ends; one is added where the last is missing.
 */
export function stuffDots(text: Uint8Array): Buffer {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const pieces: Uint8Array[] = []
  let from = 0
  let dot = bytes[0] === DOT ? 0 : nextDot(bytes, 0)
  while (dot >= 0) {
    pieces.push(bytes.subarray(from, dot), oneDot)
    from = dot
    dot = nextDot(bytes, dot)
  }
  pieces.push(bytes.subarray(from))
  const whole = bytes.length === 0 || (bytes.at(-2) === 0x0d && bytes.at(-1) === 0x0a)
  pieces.push(Buffer.from(whole ? ".\r\n" : "\r\n.\r\n", "latin1"))
  return Buffer.concat(pieces)
}

const DOT = 0x2e
const oneDot = Buffer.from(".", "latin1")

function nextDot(bytes: Buffer, from: number): number {
  const found = bytes.indexOf("\r\n.", from, "latin1")
  return found < 0 ? -1 : found + 2
}
