/**
 * HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields of a header that are named, or all others, as
 * they lie, in their order, folds and all; and the empty line behind them where the header has one.
 *
 *     field        = field-name *WSP ":" value, and the lines that continue it      RFC 5322 §2.2, §4.5
 *
 * A line that is no field has no name: HEADER.FIELDS.NOT has it. One pass, whatever the octets.
 */

/** `header` holds one character an octet; `names` in any case. */
export function pickFields(
  header: string,
  names: readonly string[],
  what: "HEADER.FIELDS" | "HEADER.FIELDS.NOT",
): string {
  const wanted = new Set(names.map(name => name.toLowerCase()))
  const named = what === "HEADER.FIELDS"
  let picked = ""
  let from = 0
  while (from < header.length) {
    const end = fieldEnd(header, from)
    const line = firstLine(header, from, end)
    if (line === "\r\n" || line === "\n") return picked + line
    if (wanted.has(nameOf(line)) === named) picked += header.slice(from, end)
    from = end
  }
  return picked
}

/** Behind the field that begins at `from`: its first line, and those after it that begin with white space. */
function fieldEnd(header: string, from: number): number {
  let at = header.indexOf("\n", from)
  if (at === -1) return header.length
  if (isEmptyLine(header, from, at)) return at + 1
  while (at !== -1 && isBlank(header.charCodeAt(at + 1))) at = header.indexOf("\n", at + 1)
  return at === -1 ? header.length : at + 1
}

function firstLine(header: string, from: number, end: number): string {
  const lineEnd = header.indexOf("\n", from)
  return header.slice(from, lineEnd === -1 ? end : Math.min(end, lineEnd + 1))
}

function isEmptyLine(header: string, from: number, lineFeed: number): boolean {
  return lineFeed === from || (lineFeed === from + 1 && header.charCodeAt(from) === 13)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** "" for a line without a name. */
function nameOf(line: string): string {
  const colon = line.indexOf(":")
  return colon === -1 ? "" : line.slice(0, colon).trimEnd().toLowerCase()
}
