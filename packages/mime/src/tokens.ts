/**
 * Lexical pieces that the grammars of RFC 5322 and RFC 2045 share. Each takes text and a place and gives the
 * place behind; none recurses, none throws, each reads a character once.
 *
 *     CFWS          = white space, folds, comments           RFC 5322 §3.2.2
 *     comment       = "(" *(ctext / quoted-pair / comment) ")"
 *     quoted-string = DQUOTE *(qtext / quoted-pair) DQUOTE   RFC 5322 §3.2.4
 */

/** Behind white space and comments. An unclosed comment reaches to the end. */
export function skipCfws(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 32 || code === 9 || code === 13 || code === 10) at++
    else if (code === 40) at = readComment(text, at).end
    else break
  }
  return at
}

/** `text[at]` is "(": the comment without its outer parentheses and quoting. */
export function readComment(text: string, at: number): { value: string; end: number } {
  let value = ""
  let depth = 0
  let from = at + 1
  let end = at
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === 92) {
      value += text.slice(from, end)
      end++
      from = end
    } else if (code === 40) depth++
    else if (code === 41 && --depth === 0) return { value: value + text.slice(from, end), end: end + 1 }
  }
  return { value: value + text.slice(from), end: text.length }
}

/** `text[at]` is DQUOTE: its content without quoting and folds. Unclosed, it reaches to the end. */
export function readQuoted(text: string, at: number): { value: string; end: number } {
  let value = ""
  let from = at + 1
  for (let end = from; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === 34) return { value: value + text.slice(from, end), end: end + 1 }
    if (code === 92) {
      value += text.slice(from, end)
      end++
      from = end
    } else if (code === 13 || code === 10) {
      value += text.slice(from, end)
      from = end + 1
    }
  }
  return { value: value + text.slice(from), end: text.length }
}
