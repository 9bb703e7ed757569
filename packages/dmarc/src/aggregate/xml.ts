/**
 * XML (W3C XML 1.0) as far as reports need it: elements and their text. Written by us because what a report may not do is
 * the larger part: no document type, so no entities of its own and nothing fetched; depth, number of elements and text
 * are bounded. Attributes are stepped over, prefixes of namespaces taken off.
 *
 *     document = [ "<?xml" … "?>" ] *misc element *misc             misc = comment / "<?" … "?>" / white space
 *     element  = "<" name *attribute ( "/>" / ">" content "</" name ">" )
 *     content  = *( text / reference / element / comment / "<![CDATA[" … "]]>" / "<?" … "?>" )
 *
 * What lies right under the root is handed on one by one, so that a report of many records is never held whole.
 */
export interface XmlElement {
  readonly name: string
  /** Its own text, without white space around it; at most `xmlTextLimit` characters. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

export type XmlOutcome =
  | { readonly kind: "read"; readonly root: string }
  /** `at`: characters from the start. */
  | { readonly kind: "malformed"; readonly at: number; readonly why: string }
  /** `take` wanted no more. */
  | { readonly kind: "stopped" }

export const xmlDepthLimit = 16
export const xmlTextLimit = 2_000
/** Elements under one element below the root. */
export const xmlElementLimit = 5_000
/** Characters of a name. */
const nameLimit = 200

interface Open {
  readonly name: string
  readonly rawName: string
  text: string
  readonly children: XmlElement[]
}

/** `take`: an element right under the root, and the root's name; `false` ends the reading. */
export function readXml(text: string, take: (element: XmlElement, root: string) => boolean): XmlOutcome {
  const open: Open[] = []
  let root: string | undefined
  let elements = 0
  let at = text.startsWith("\ufeff") ? 1 : 0
  const malformed = (why: string): XmlOutcome => ({ kind: "malformed", at, why })

  /** Ends the innermost element; `false` where `take` wants no more. */
  const close = (): boolean => {
    const done = open.pop()
    if (done === undefined) return true
    const element = { name: done.name, text: done.text.trim(), children: done.children }
    const parent = open.at(-1)
    if (parent === undefined) return true
    if (open.length > 1) {
      parent.children.push(element)
      return true
    }
    elements = 0
    return take(element, parent.name)
  }

  while (at < text.length) {
    const inner = open.at(-1)
    const mark = text.indexOf("<", at)
    const before = text.slice(at, mark === -1 ? text.length : mark)
    if (inner === undefined) {
      if (before.trim() !== "") return malformed("There is text outside of the root.")
    } else addText(inner, decodeReferences(before.slice(0, xmlTextLimit * 2)))
    if (mark === -1) break
    at = mark
    if (text.startsWith("<?", at) || text.startsWith("<!--", at)) {
      const [from, end] = text.startsWith("<?", at) ? [at + 2, "?>"] : [at + 4, "-->"]
      const found = text.indexOf(end, from)
      if (found === -1) return malformed("A comment or instruction has no end.")
      at = found + end.length
    } else if (text.startsWith("<![CDATA[", at)) {
      const found = text.indexOf("]]>", at)
      if (found === -1 || inner === undefined) return malformed("A section of text has no end or no place.")
      addText(inner, text.slice(at + 9, Math.min(found, at + 9 + xmlTextLimit)))
      at = found + 3
    } else if (text.startsWith("<!", at)) return malformed("It declares something; reports declare nothing.")
    else if (text.startsWith("</", at)) {
      const end = text.indexOf(">", at)
      const name = end === -1 ? "" : text.slice(at + 2, Math.min(end, at + 2 + nameLimit)).trimEnd()
      if (inner === undefined || inner.rawName !== name) return malformed("An end fits no beginning.")
      at = end + 1
      if (!close()) return { kind: "stopped" }
    } else {
      const tag = readTag(text, at)
      if (tag === undefined) return malformed("A tag cannot be read.")
      if (inner === undefined && root !== undefined) return malformed("There is a second root.")
      if (open.length === xmlDepthLimit) return malformed("Its elements lie too deep.")
      elements += 1
      if (elements > xmlElementLimit) return malformed("One of its parts has too many elements.")
      open.push({ name: localName(tag.name), rawName: tag.name, text: "", children: [] })
      root ??= localName(tag.name)
      at = tag.end
      if (tag.isEmpty && !close()) return { kind: "stopped" }
    }
  }
  if (root === undefined) return malformed("It has no element.")
  return open.length > 0 ? malformed("It ends before its elements do.") : { kind: "read", root }
}

interface Tag {
  readonly name: string
  readonly isEmpty: boolean
  readonly end: number
}

/** `text[at]` is "<". A ">" inside of quotes ends nothing. */
function readTag(text: string, at: number): Tag | undefined {
  const match = /[A-Za-z_:\u0080-\uffff][\w.:\-\u0080-\uffff]*/y
  match.lastIndex = at + 1
  const name = match.exec(text)?.[0]
  if (name === undefined || name.length > nameLimit) return undefined
  let quote = ""
  for (let end = at + 1 + name.length; end < text.length; end += 1) {
    const sign = text[end] ?? ""
    if (quote !== "") {
      if (sign === quote) quote = ""
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === "<") return undefined
    else if (sign === ">") return { name, isEmpty: text[end - 1] === "/", end: end + 1 }
  }
  return undefined
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1)
}

function addText(open: Open, more: string): void {
  if (open.text.length < xmlTextLimit) open.text = (open.text + more).slice(0, xmlTextLimit)
}

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }

/** The five that XML itself has, and numbers. Others stay as they are written: there is nothing that they could name. */
function decodeReferences(text: string): string {
  if (!text.includes("&")) return text
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return (Object.hasOwn(named, name) ? named[name] : undefined) ?? whole
      const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal)
      const isWrong = point < 0x20 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)
      return isWrong ? " " : String.fromCodePoint(point)
    },
  )
}

/** Text as it can stand between tags: what XML 1.0 does not allow at all becomes a space. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, " ")
    .replace(/[&<>]/g, sign => (sign === "&" ? "&amp;" : sign === "<" ? "&lt;" : "&gt;"))
}
