import { isDigit } from "../grammar/characters.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9, RFC 4959 §3: `authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]`, with
 * `initial-resp = base64 / "="`, "=" for an empty one.
 */
export const authenticate: Parser = d => {
  d.secret = true
  d.sp("AUTHENTICATE")
  const mechanism = d.atom("the name of a mechanism", "AUTHENTICATE").toUpperCase()
  if (!d.maybe(" ")) return { name: "AUTHENTICATE", mechanism, initial: undefined }
  const text = d.word(isBase64Character, "an initial response in base64", "the mechanism")
  const initial = text === "=" ? Buffer.alloc(0) : decodeBase64(text)
  if (initial === undefined) throw d.expected("an initial response in base64", "the mechanism")
  return { name: "AUTHENTICATE", mechanism, initial }
}

const isBase64Character = (code: number): boolean =>
  isDigit(code) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  [0x2b, 0x2f, 0x3d].includes(code)

/** `base64 = *(4base64-char) [base64-terminal]`; undefined for anything else. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : undefined
}
