/**
 * RFC 9051 §9; 8-bit octets stand only in quoted strings and literals:
 *
 *     atom-specials = "(" / ")" / "{" / SP / CTL / "%" / "*" / DQUOTE / "\" / "]"
 *     ATOM-CHAR     = any CHAR except atom-specials
 *     ASTRING-CHAR  = ATOM-CHAR / "]"
 *     list-char     = ASTRING-CHAR / "%" / "*"
 *     tag           = 1*(any ASTRING-CHAR except "+")
 */
export type CharacterClass = (code: number) => boolean

const specials = new Set([...'(){%*"\\] '].map(one => one.charCodeAt(0)))
const atomTable = Uint8Array.from({ length: 256 }, (_, code) =>
  code > 0x20 && code < 0x7f && !specials.has(code) ? 1 : 0,
)
const closingBracket = 0x5d
const percent = 0x25
const asterisk = 0x2a
const plus = 0x2b

export const isAtomCharacter: CharacterClass = code => atomTable[code] === 1

export const isAstringCharacter: CharacterClass = code => atomTable[code] === 1 || code === closingBracket

export const isListCharacter: CharacterClass = code =>
  isAstringCharacter(code) || code === percent || code === asterisk

export const isTagCharacter: CharacterClass = code => isAstringCharacter(code) && code !== plus

/** What names of items and options are made of: `RFC822.SIZE`, `BODY.PEEK`, `SPECIAL-USE`. */
export const isWordCharacter: CharacterClass = code =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x2d ||
  code === 0x2e

export const isDigit: CharacterClass = code => code >= 0x30 && code <= 0x39
