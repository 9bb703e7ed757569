/**
 * RFC 3461 §4:
 *
 *     xtext   = *( xchar / hexchar )
 *     xchar   = printable ASCII ("!" to "~") but "+" and "="
 *     hexchar = "+" 2(%x30-39 / %x41-46)                ; upper case only
 */
export function isXtext(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x2b) {
      if (!isUpperHex(text.charCodeAt(at + 1)) || !isUpperHex(text.charCodeAt(at + 2))) return false
      at += 2
    } else if (code < 0x21 || code > 0x7e || code === 0x3d) return false
  }
  return true
}

function isUpperHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46)
}

/** The octets that xtext stands for, one character each. Give it only what `isXtext` has passed. */
export function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export function encodeXtext(text: string): string {
  return text.replace(
    /[^!-*,-<>-~]/g,
    mark => `+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  )
}
