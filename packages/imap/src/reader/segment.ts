/**
 * A whole command, or its beginning, as it lay on the wire: text, and between the texts literals. The spelling of
 * a literal's size and the line ends are taken away.
 *
 *     a LOGIN {3}⏎ bob secret⏎     text "a LOGIN ", string "bob", text " secret"
 */
export type Segment =
  /** One character an octet; no CR, LF or NUL. */
  | { readonly kind: "text"; readonly text: string }
  | Literal
  /** The literal that has been announced and has not come: always the last segment. */
  | { readonly kind: "announced"; readonly eight: boolean }

export interface Literal {
  readonly kind: "literal"
  readonly octets: number
  /** As they came: never joined for a message. */
  readonly pieces: readonly Buffer[]
  /** `~{…}`: a literal8, which may hold NUL (RFC 9051 §9). */
  readonly eight: boolean
}

/**
 *     literal  = "{" number64 ["+"] "}" CRLF *CHAR8      RFC 9051 §9; "+": RFC 7888 §3
 *     literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
 */
export interface LiteralHeader {
  readonly octets: number
  readonly waits: boolean
  readonly eight: boolean
  /** Where in the line it begins. */
  readonly at: number
}

const opening = 0x7b
const closing = 0x7d
const plus = 0x2b
const tilde = 0x7e

/** The literal's head at the end of a line, whatever stands before it; undefined where there is none. */
export function literalHeaderOf(line: Buffer): LiteralHeader | undefined {
  if (line.at(-1) !== closing) return undefined
  const waits = line.at(-2) !== plus
  const end = line.length - (waits ? 1 : 2)
  let at = end
  while (at > 0 && isDigitAt(line, at - 1)) at -= 1
  if (at === end || line[at - 1] !== opening) return undefined
  const octets = Number(line.toString("latin1", at, end))
  const eight = line[at - 2] === tilde
  return { octets, waits, eight, at: at - (eight ? 2 : 1) }
}

function isDigitAt(line: Buffer, at: number): boolean {
  const octet = line[at] ?? 0
  return octet >= 0x30 && octet <= 0x39
}
