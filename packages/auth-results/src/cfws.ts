/**
 * Reading structured field text (RFC 5322 §3.2): comments and folding white space are skipped between tokens.
 *
 *     token         = 1*<any CHAR except SPACE, CTLs or tspecials>        (RFC 2045 §5.1)
 *     value         = token / quoted-string
 */
export interface Cursor {
  readonly text: string
  at: number
}

/** Comments deeper than this are not read: the field then counts as malformed. */
const commentDepth = 16

/** `false` when a comment does not end. */
export function skipCfws(cursor: Cursor): boolean {
  let depth = 0
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const character = cursor.text[cursor.at] ?? ""
    if (character === "(") {
      depth += 1
      if (depth > commentDepth) return false
    } else if (depth > 0) {
      if (character === "\\") cursor.at += 1
      else if (character === ")") depth -= 1
    } else if (!" \t\r\n".includes(character)) return true
  }
  return depth === 0
}

/** A token, with the characters of `more` allowed in it besides; `undefined` if none stands here. */
export function readToken(cursor: Cursor, more = ""): string | undefined {
  const start = cursor.at
  while (cursor.at < cursor.text.length && isTokenCharacter(cursor.text[cursor.at] ?? "", more))
    cursor.at += 1
  return cursor.at > start ? cursor.text.slice(start, cursor.at) : undefined
}

export function readValue(cursor: Cursor, more = ""): string | undefined {
  return cursor.text[cursor.at] === '"' ? readQuoted(cursor) : readToken(cursor, more)
}

function readQuoted(cursor: Cursor): string | undefined {
  let value = ""
  for (let at = cursor.at + 1; at < cursor.text.length; at += 1) {
    const character = cursor.text[at] ?? ""
    if (character === '"') {
      cursor.at = at + 1
      return value
    }
    if (character === "\\") at += 1
    if (character !== "\r" && character !== "\n") value += cursor.text[at] ?? ""
  }
  return undefined
}

/** Takes `character` if it stands here after white space and comments. */
export function take(cursor: Cursor, character: string): boolean {
  const before = cursor.at
  if (skipCfws(cursor) && cursor.text[cursor.at] === character) {
    cursor.at += 1
    return true
  }
  cursor.at = before
  return false
}

/** Characters beyond ASCII are allowed: the field may hold UTF-8 (RFC 8601 §2.2, by RFC 6532). */
export function isToken(text: string): boolean {
  return /^[^\x00-\x20\x7f()<>@,;:\\"/[\]?=]+$/.test(text)
}

function isTokenCharacter(character: string, more: string): boolean {
  return isToken(character) || more.includes(character)
}
