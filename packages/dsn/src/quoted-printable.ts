/**
 * Text in quoted-printable (RFC 2045 §6.7), for human parts that hold more than ASCII: lines of at most 76 characters,
 * no white space at their ends.
 */
const lineLimit = 75

/** `text`: lines that end in CRLF. */
export function quotedPrintable(text: string): string {
  return text.split("\r\n").map(encodeLine).join("\r\n")
}

function encodeLine(line: string): string {
  const octets = Buffer.from(line, "utf8")
  let out = ""
  let length = 0
  for (const [at, octet] of octets.entries()) {
    const isLast = at === octets.length - 1
    const isPlain =
      octet === 0x20 || octet === 0x09 ? !isLast : octet > 0x20 && octet < 0x7f && octet !== 0x3d
    const piece = isPlain
      ? String.fromCharCode(octet)
      : `=${octet.toString(16).toUpperCase().padStart(2, "0")}`
    if (length + piece.length > lineLimit) {
      out += "=\r\n"
      length = 0
    }
    out += piece
    length += piece.length
  }
  return out
}
