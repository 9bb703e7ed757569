/**
 * Values with a type before them, as delivery reports have them: what kind of address, name or words this is.
 *
 *     typed      = type *WSP ";" *WSP value           RFC 3464 §2.1.2
 *     utf-8 form = 1*( QCHAR / "\x{" 2*6HEXDIG "}" )  RFC 6533 §3: for reports that must be ASCII
 */
export interface Typed {
  /** Lower case, such as "rfc822", "utf-8", "dns", "smtp". */
  readonly type: string
  readonly value: string
}

/** An address by what it holds: RFC 6533 §3 has a type of its own for those beyond ASCII. */
export function typedAddress(address: string): Typed {
  return { type: isAscii(address) ? "rfc822" : "utf-8", value: address }
}

/** Text without a type gets `otherwise`. Angle brackets around an address go. */
export function readTyped(text: string, otherwise: string): Typed {
  const match = /^\s*([A-Za-z0-9-]{1,40})\s*;/.exec(text)
  const type = match?.[1]?.toLowerCase() ?? otherwise
  const value = text.slice(match?.[0].length ?? 0).trim()
  const bare = /^<([^<>]*)>$/.exec(value)?.[1] ?? value
  return { type, value: type === "utf-8" ? unescapeUtf8(bare) : bare }
}

/** RFC 6533 §3: what is not ASCII, and the signs that xtext and this form itself give a meaning. */
export function escapeUtf8(text: string): string {
  return text.replace(/[^!-*,-<>-[\]-~]/gu, sign => {
    const point = sign.codePointAt(0) ?? 0
    return `\\x{${point.toString(16).toUpperCase().padStart(2, "0")}}`
  })
}

export function unescapeUtf8(text: string): string {
  return text.replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (whole, hex: string) => {
    const point = Number.parseInt(hex, 16)
    // Control characters have no place in an address, surrogates none anywhere.
    const isWrong = point < 0x20 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)
    return isWrong ? whole : String.fromCodePoint(point)
  })
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}
