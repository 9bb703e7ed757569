/**
 * Tag lists (RFC 6376 §3.2), the syntax of DKIM-Signature fields, of key records, of DMARC records and of ARC.
 *
 *     tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
 *     tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *     tag-name = ALPHA *( ALPHA / DIGIT / "_" )
 *
 * Names are case-sensitive, and a name that is there twice makes the whole list invalid.
 */
export type TagList = ReadonlyMap<string, string>

/** Most tags that a list may hold; the longest registered list has 16. */
export const tagLimit = 64

/** Values keep the white space inside them. `undefined` for a syntax error. */
export function parseTagList(text: string): TagList | undefined {
  const tags = new Map<string, string>()
  const specs = text.split(";", tagLimit + 2)
  // One final semicolon is allowed; what follows it is empty.
  if (specs.length > 1 && isBlank(specs.at(-1) ?? "")) specs.pop()
  if (specs.length > tagLimit) return undefined
  for (const spec of specs) {
    const equals = spec.indexOf("=")
    if (equals === -1) return undefined
    const name = trimFws(spec.slice(0, equals))
    if (!/^[a-z][a-z0-9_]*$/i.test(name) || tags.has(name)) return undefined
    tags.set(name, trimFws(spec.slice(equals + 1)))
  }
  return tags
}

const isBlank = (text: string) => /^[ \t\r\n]*$/.test(text)

/** Not `trim()`: that takes away U+00A0 too, which in these byte-per-character strings is half of a letter. */
function trimFws(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isFws(text.charCodeAt(start))) start += 1
  while (end > start && isFws(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isFws = (code: number) => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a

/** A base64 value with folding white space in it (RFC 6376 §2.10); `undefined` for anything else. */
export function parseBase64(text: string): Buffer | undefined {
  const bare = text.replace(/[ \t\r\n]+/g, "")
  return bare !== "" && /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? Buffer.from(bare, "base64") : undefined
}

/** A colon-separated list with white space around its parts. */
export function parseColonList(text: string): string[] {
  return text.split(":").map(trimFws)
}
