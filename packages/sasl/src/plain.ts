/**
 * PLAIN (RFC 4616 §2):
 *
 *     message = [authzid] UTF8NUL authcid UTF8NUL passwd
 *     authcid, authzid, passwd = 1*SAFE                 UTF-8 without NUL
 */
import { type Malformed, malformed, textOf } from "./text.ts"

/** RFC 4616 §2 asks for at least 255 octets of each field. */
export const MAX_PLAIN = 3_072

export interface PlainMessage {
  readonly kind: "plain"
  readonly name: string
  readonly secret: string
}

/** Whoever wants to act as somebody else is refused: `authzid` is empty, or the name itself. */
export function readPlain(message: Uint8Array): PlainMessage | Malformed {
  if (message.length > MAX_PLAIN) return malformed("too long")
  const text = textOf(message)
  if (text === undefined) return malformed("not UTF-8")
  const [authzid, name, secret, ...more] = text.split("\0")
  if (authzid === undefined || name === undefined || secret === undefined || more.length > 0) {
    return malformed("not three fields")
  }
  if (name === "" || secret === "") return malformed("an empty name or secret")
  if (authzid !== "" && authzid !== name) return malformed("for another than the one who signs in")
  return { kind: "plain", name, secret }
}
