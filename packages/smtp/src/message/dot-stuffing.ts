import { createTextWriter } from "./text-writer.ts"

/**
 * A whole text in memory as it goes over the wire after DATA: RFC 5321 §4.5.2. Throws where a CR or LF stands outside
 * a CRLF. Messages go through `SmtpClient`, piece by piece.
 */
export function stuffDots(text: Uint8Array): Buffer {
  const wire = createTextWriter("DATA").write(text, true)
  if (wire === undefined) throw new Error("a line of a text ends in CR LF alone")
  return wire
}
