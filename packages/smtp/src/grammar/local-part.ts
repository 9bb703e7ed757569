import { isAtext, isUtf8NonAscii } from "./characters.ts"

/**
 * RFC 5321 §4.1.2, with RFC 6531 §3.3:
 *
 *     Local-part    = Dot-string / Quoted-string
 *     Dot-string    = Atom *("." Atom)
 *     Quoted-string = DQUOTE *QcontentSMTP DQUOTE
 *     QcontentSMTP  = qtextSMTP / quoted-pairSMTP      ; printable ASCII and space; "\" before any of them
 */
export interface LocalPart {
  /** Its meaning: quotes and backslashes taken away. */
  readonly value: string
  /** Where the text goes on. */
  readonly end: number
}

export function readLocalPart(text: string, from: number): LocalPart | undefined {
  return text.charCodeAt(from) === quote ? readQuoted(text, from + 1) : readDotString(text, from)
}

const quote = 0x22
const backslash = 0x5c
const dot = 0x2e

function readDotString(text: string, from: number): LocalPart | undefined {
  let at = from
  let atom = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (isAtext(code)) {
      at += 1
      continue
    }
    if (at === atom) return undefined
    if (code !== dot) return { value: text.slice(from, at), end: at }
    at += 1
    atom = at
  }
}

function readQuoted(text: string, from: number): LocalPart | undefined {
  let value = ""
  for (let at = from; at < text.length; at += 1) {
    let code = text.charCodeAt(at)
    if (code === quote) return value === "" ? undefined : { value, end: at + 1 }
    if (code === backslash) {
      at += 1
      code = text.charCodeAt(at)
      if (!(code >= 0x20 && code <= 0x7e)) return undefined
    } else if (!(code >= 0x20 && code <= 0x7e) && !isUtf8NonAscii(code)) return undefined
    value += text[at]
  }
  return undefined
}

/** The shortest way of writing it: RFC 5321 §4.1.2 asks for quotes only where they are needed. */
export function writeLocalPart(value: string): string {
  const plain = readDotString(value, 0)
  if (plain !== undefined && plain.end === value.length) return value
  return `"${value.replace(/["\\]/g, "\\$&")}"`
}
