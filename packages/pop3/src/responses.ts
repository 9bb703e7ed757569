/**
 * Responses (RFC 1939 §3): one line that begins with "+OK" or "-ERR", at most 512 octets with its CRLF. A code in
 * brackets tells programs why (RFC 2449 §8, RFC 3206).
 */
export type ErrorCode = "IN-USE" | "AUTH" | "SYS/TEMP" | "SYS/PERM"

const MAX_TEXT = 450

export function ok(text: string): string {
  return `+OK ${clean(text)}\r\n`
}

export function failed(text: string, code?: ErrorCode): string {
  return code === undefined ? `-ERR ${clean(text)}\r\n` : `-ERR [${code}] ${clean(text)}\r\n`
}

/** RFC 1939 §3: a multi-line response ends with a dot alone. */
export const endOfList = ".\r\n"

/** Texts are ours, in ASCII; a mistake there must not become a line of the protocol. */
function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_TEXT)
}
