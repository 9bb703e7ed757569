/**
 * Text out of HTML, for search and previews only: nobody renders what comes out. One walk, each character read
 * a bounded number of times, no regular expression over the whole.
 *
 * Tags vanish, block tags and <br> break the line, the content of script, style and title goes, comments go,
 * entities become characters. A "<" that opens no tag is text; so is all behind a tag that never ends.
 */

/** Elements whose content is no text of the mail. */
const SILENT: ReadonlySet<string> = new Set(["script", "style", "title", "noscript", "template", "svg"])

const BREAKS: ReadonlySet<string> = new Set(
  "address article blockquote br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split(
    " ",
  ),
)

const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
    shy: "",
    zwnj: "",
    zwj: "",
    ensp: " ",
    emsp: " ",
    thinsp: " ",
    ndash: "–",
    mdash: "—",
    hellip: "…",
    bull: "•",
    middot: "·",
    copy: "©",
    reg: "®",
    trade: "™",
    deg: "°",
    laquo: "«",
    raquo: "»",
    lsquo: "‘",
    rsquo: "’",
    sbquo: "‚",
    ldquo: "“",
    rdquo: "”",
    bdquo: "„",
    euro: "€",
    pound: "£",
    yen: "¥",
    cent: "¢",
    sect: "§",
    para: "¶",
    times: "×",
    Auml: "Ä",
    Ouml: "Ö",
    Uuml: "Ü",
    auml: "ä",
    ouml: "ö",
    uuml: "ü",
    szlig: "ß",
    agrave: "à",
    aacute: "á",
    acirc: "â",
    atilde: "ã",
    aring: "å",
    aelig: "æ",
    ccedil: "ç",
    egrave: "è",
    eacute: "é",
    ecirc: "ê",
    euml: "ë",
    igrave: "ì",
    iacute: "í",
    icirc: "î",
    iuml: "ï",
    ntilde: "ñ",
    ograve: "ò",
    oacute: "ó",
    ocirc: "ô",
    otilde: "õ",
    oslash: "ø",
    ugrave: "ù",
    uacute: "ú",
    ucirc: "û",
    Agrave: "À",
    Aacute: "Á",
    Aring: "Å",
    AElig: "Æ",
    Ccedil: "Ç",
    Egrave: "È",
    Eacute: "É",
    Ntilde: "Ñ",
    Oacute: "Ó",
    Oslash: "Ø",
    Uacute: "Ú",
  }),
)

/** Characters between "&" and ";" of the longest entity known, numbers included. */
const ENTITY_LENGTH_LIMIT = 10

export function stripHtml(html: string): string {
  let out = ""
  let from = 0
  let open = html.indexOf("<")
  while (open !== -1) {
    const tag = readTag(html, open)
    if (tag === "unfinished") break
    if (tag === undefined) {
      open = html.indexOf("<", open + 1)
      continue
    }
    out += decodeEntities(html.slice(from, open))
    if (BREAKS.has(tag.name)) out += "\n"
    from = tag.end
    if (tag.opens && SILENT.has(tag.name)) {
      const close = findClosing(html, tag.name, tag.end)
      if (close === -1) return out
      from = close
    }
    open = html.indexOf("<", from)
  }
  return out + decodeEntities(html.slice(from))
}

interface Tag {
  /** Lower case; "" for comments, doctypes and instructions. */
  readonly name: string
  readonly opens: boolean
  readonly end: number
}

/** "unfinished": the tag never ends, so no later one can be trusted, and nothing is searched twice. */
function readTag(html: string, at: number): Tag | "unfinished" | undefined {
  const next = html.charCodeAt(at + 1)
  if (html.startsWith("<!--", at)) {
    const end = html.indexOf("-->", at + 4)
    return end === -1 ? "unfinished" : { name: "", opens: false, end: end + 3 }
  }
  if (next === 33 || next === 63) {
    const end = html.indexOf(">", at)
    return end === -1 ? "unfinished" : { name: "", opens: false, end: end + 1 }
  }
  const nameStart = next === 47 ? at + 2 : at + 1
  let nameEnd = nameStart
  while (nameEnd < html.length && isNameChar(html.charCodeAt(nameEnd))) nameEnd++
  if (nameEnd === nameStart || nameEnd - nameStart > TAG_NAME_LIMIT) return undefined
  const end = endOfTag(html, nameEnd)
  if (end === -1) return "unfinished"
  const selfClosed = html.charCodeAt(end - 2) === 47
  return { name: html.slice(nameStart, nameEnd).toLowerCase(), opens: next !== 47 && !selfClosed, end }
}

/** A longer one is no element of HTML. */
const TAG_NAME_LIMIT = 40

function isNameChar(code: number): boolean {
  const letter = code | 32
  return (letter >= 97 && letter <= 122) || (code >= 48 && code <= 58) || code === 45
}

/** Behind the ">" that stands outside of attribute quotes, or -1. */
function endOfTag(html: string, from: number): number {
  let quote = 0
  let afterEquals = false
  for (let at = from; at < html.length; at++) {
    const code = html.charCodeAt(at)
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === 62) return at + 1
    else if ((code === 34 || code === 39) && afterEquals) quote = code
    if (code > 32) afterEquals = code === 61
  }
  return -1
}

/** Behind </name …>, or -1. */
function findClosing(html: string, name: string, from: number): number {
  let at = html.indexOf("</", from)
  while (at !== -1) {
    if (html.slice(at + 2, at + 2 + name.length).toLowerCase() === name) {
      const end = html.indexOf(">", at)
      return end === -1 ? -1 : end + 1
    }
    at = html.indexOf("</", at + 2)
  }
  return -1
}

function decodeEntities(text: string): string {
  let ampersand = text.indexOf("&")
  if (ampersand === -1) return text
  let out = ""
  let from = 0
  while (ampersand !== -1) {
    const window = text.slice(ampersand + 1, ampersand + 2 + ENTITY_LENGTH_LIMIT)
    const length = window.indexOf(";")
    const char = length > 0 ? entity(window.slice(0, length)) : undefined
    if (char !== undefined) {
      out += text.slice(from, ampersand) + char
      from = ampersand + length + 2
    }
    ampersand = text.indexOf("&", Math.max(from, ampersand + 1))
  }
  return out + text.slice(from)
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return ENTITIES.get(name)
  const digits = name.slice(1)
  const code = /^[xX][0-9a-fA-F]{1,6}$/.test(digits)
    ? Number.parseInt(digits.slice(1), 16)
    : /^\d{1,7}$/.test(digits)
      ? Number(digits)
      : -1
  if (code <= 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
  return String.fromCodePoint(code)
}
