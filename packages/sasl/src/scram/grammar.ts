/**
 * Words of SCRAM's messages (RFC 5802 §7):
 *
 *     saslname        = 1*(value-safe-char / "=2C" / "=3D")        "," and "=" escaped; no NUL
 *     printable       = %x21-2B / %x2D-7E                          nonces: all but ","
 *     cb-name         = 1*(ALPHA / DIGIT / "." / "-")
 *     posit-number    = %x31-39 *DIGIT
 */

/** Characters of a message, of a name once read, of a client's nonce. */
export const MAX_MESSAGE = 4_096
export const MAX_NAME = 1_024
export const MAX_NONCE = 256

/** The name that is meant, or undefined where the text is no saslname. */
export function readSaslName(text: string): string | undefined {
  if (text.length > MAX_NAME * 3) return undefined
  let name = ""
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === "\0" || char === ",") return undefined
    if (char !== "=") {
      name += char
      continue
    }
    // RFC 5802 §5.1: a "=" that is followed by neither "2C" nor "3D" fails the exchange.
    const escaped = text.slice(at + 1, at + 3)
    if (escaped !== "2C" && escaped !== "3D") return undefined
    name += escaped === "2C" ? "," : "="
    at += 2
  }
  return name.length === 0 || name.length > MAX_NAME ? undefined : name
}

export function isNonce(text: string): boolean {
  return text.length > 0 && /^[\x21-\x2b\x2d-\x7e]+$/.test(text)
}

export function isBindingName(text: string): boolean {
  return text.length <= 64 && /^[A-Za-z0-9.-]+$/.test(text)
}

/** attr-val = ALPHA "=" value; what stands there beyond the known fields is passed over (RFC 5802 §5.1). */
export function isExtension(text: string): boolean {
  return /^[A-Za-z]=[^\0]+$/.test(text) && !text.startsWith("m=")
}
