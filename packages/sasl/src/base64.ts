/**
 * SASL messages as lines of IMAP (RFC 9051 §6.2.2), POP3 (RFC 5034 §4) and SMTP: base 64 (RFC 4648 §4), and "=" for a
 * message without octets. One message has one spelling: no blanks, no missing padding, no stray bits.
 */

/** The longest line in characters: PLAIN and SCRAM stay below it with all their fields at their longest. */
export const MAX_SASL_TEXT = 8_192

/** Undefined where `text` is no message: too long, or not in its one spelling. */
export function readSaslText(text: string): Buffer | undefined {
  if (text === "=") return Buffer.alloc(0)
  return readBase64(text)
}

/** How a message is written; an empty challenge is an empty text, an empty response that comes first "=". */
export function saslText(message: Uint8Array): string {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString("base64")
}

export function readBase64(text: string): Buffer | undefined {
  if (text.length > MAX_SASL_TEXT || text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, "base64")
  // Node's reader takes much that is not base 64; only the right spelling comes back the same.
  return bytes.toString("base64") === text ? bytes : undefined
}
