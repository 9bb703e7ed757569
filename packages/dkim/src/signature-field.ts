import type { Canon } from "./header-canon.ts"
import type { SignatureAlgorithm } from "./signature.ts"

/**
 * A DKIM-Signature field as text (RFC 6376 §3.5), in lines of at most 78 characters (RFC 5322 §2.1.1) where its names
 * allow it. It has no `i`, which would say more than `d` only if we vouched for local parts, and no `l`, which would let
 * anybody append to the body.
 */
export interface FieldTags {
  readonly algorithm: SignatureAlgorithm
  readonly headerCanon: Canon
  readonly bodyCanon: Canon
  readonly domain: string
  readonly selector: string
  /** Seconds since 1970. */
  readonly made: number
  readonly expires: number | undefined
  readonly signedNames: readonly string[]
  readonly bodyHash: Buffer
}

const lineLength = 78

/** Up to "b=", to be signed; without a final CRLF. */
export function unsignedField(tags: FieldTags): string {
  const { made, expires, signedNames } = tags
  let text = ""
  let line = "DKIM-Signature:"
  /** Puts a piece behind `gap`, or on a line of its own. */
  const put = (piece: string, gap: " " | ""): void => {
    if (line.length + gap.length + piece.length <= lineLength) {
      line += gap + piece
      return
    }
    text += `${line}\r\n`
    line = ` ${piece}`
  }
  put("v=1;", " ")
  put(`a=${tags.algorithm};`, " ")
  put(`c=${tags.headerCanon}/${tags.bodyCanon};`, " ")
  put(`d=${tags.domain};`, " ")
  put(`s=${tags.selector};`, " ")
  put(`t=${made};`, " ")
  if (expires !== undefined) put(`x=${expires};`, " ")
  for (const [at, name] of signedNames.entries()) {
    const mark = at === signedNames.length - 1 ? ";" : ":"
    if (at === 0) put(`h=${name}${mark}`, " ")
    else put(`${name}${mark}`, "")
  }
  put(`bh=${tags.bodyHash.toString("base64")};`, " ")
  put("b=", " ")
  return text + line
}

/** The whole field with its CRLF. Blanks within `b` count for nothing: RFC 6376 §3.5. */
export function signedField(unsigned: string, signature: Buffer): string {
  const base64 = signature.toString("base64")
  const room = Math.max(0, lineLength - (unsigned.length - (unsigned.lastIndexOf("\n") + 1)))
  let text = unsigned + base64.slice(0, room)
  for (let at = room; at < base64.length; at += lineLength - 1)
    text += `\r\n ${base64.slice(at, at + lineLength - 1)}`
  return `${text}\r\n`
}
