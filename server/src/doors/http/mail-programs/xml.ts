/**
 * XML as text (XML 1.0, fifth edition): written from values, so that none of them can be anything but text, and of what
 * a stranger sends one element alone is read, by a scanner that knows no declarations, no entities but the five, and no
 * nesting.
 */
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, mark => escapes[mark] ?? "")
}

/** One element with text in it. `name` is ours, never a stranger's. */
export function element(name: string, text: string | number): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`
}

/** The text of the only element of this name without attributes; undefined where there is none, or several. */
export function textOfOnly(name: string, xml: string): string | undefined {
  const begin = `<${name}>`
  const from = xml.indexOf(begin)
  if (from < 0 || xml.indexOf(begin, from + 1) >= 0) return undefined
  const to = xml.indexOf("<", from + begin.length)
  if (to < 0 || !xml.startsWith(`</${name}>`, to)) return undefined
  return unescapeXml(xml.slice(from + begin.length, to).trim())
}

const unescapes: ReadonlyMap<string, string> = new Map(
  Object.entries(escapes).map(([mark, word]) => [word, mark]),
)

/** Undefined where an ampersand begins none of the five entities. */
function unescapeXml(text: string): string | undefined {
  if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(text)) return undefined
  return text.replace(/&[a-z]+;/g, word => unescapes.get(word) ?? "")
}
