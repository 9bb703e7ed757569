/** Classes of characters by code, as RFC 5234 §B.1 and RFC 5321 §4.1.2 name them. */
export function isAlpha(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

export function isLetDig(code: number): boolean {
  return isAlpha(code) || isDigit(code)
}

/** RFC 6531 §3.3: UTF8-non-ASCII, C1 controls apart, which no address needs. */
export function isUtf8NonAscii(code: number): boolean {
  return code >= 0xa0
}

/** RFC 5322 §3.2.3 atext, with RFC 6531 §3.3. NaN (past the end) is none of these. */
export function isAtext(code: number): boolean {
  return isLetDig(code) || atextMarks.includes(code) || isUtf8NonAscii(code)
}

const atextMarks: readonly number[] = Array.from("!#$%&'*+-/=?^_`{|}~", mark => mark.charCodeAt(0))

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
