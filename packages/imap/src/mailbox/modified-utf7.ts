/**
 * Mailbox names on the wire of IMAP4rev1.
 *
 *     name   = *(direct / "&-" / "&" 1*base64 "-")            RFC 3501 §5.1.3
 *     direct = %x20-25 / %x27-7e                              all printable ASCII but "&", which is "&-"
 *     base64 = of the other characters in UTF-16, most significant octet first; "," for "/", no "="
 *
 * Every name has one form only: what could be shorter, or ends in bits that are not 0, is refused when read.
 */

export function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, run => {
    if (run === "&") return "&-"
    const utf16 = Buffer.from(run, "utf16le").swap16()
    return `&${utf16.toString("base64").replaceAll("/", ",").replaceAll("=", "")}-`
  })
}

/** Undefined where it is not what `encodeUtf7` writes for some text without lone surrogates. */
export function decodeUtf7(wire: string): string | undefined {
  const name = wire.replace(/&([A-Za-z0-9+,]*)-/g, (_, base64: string) => {
    if (base64 === "") return "&"
    const utf16 = Buffer.from(base64.replaceAll(",", "/"), "base64")
    return utf16.length % 2 === 0 ? utf16.swap16().toString("utf16le") : ""
  })
  return name.isWellFormed() && encodeUtf7(name) === wire ? name : undefined
}
