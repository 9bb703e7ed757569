/**
 * Domain names between text and wire (RFC 1035 §3.1, §4.1.4).
 *
 *   name = *( length label ) 0      a label has 1 to 63 bytes, the whole at most 255
 *
 * In text, a byte is a character (latin1), a dot ends a label, and a dot or backslash inside a label is
 * escaped by a backslash (RFC 1035 §5.1), so that no label can pass for two. No final dot; the root is "".
 */
export const maxNameLength = 255
const maxLabelLength = 63

/** The wire form; undefined where the text is no name: an empty or long label, too long, not ASCII. */
export function encodeName(text: string): Uint8Array | undefined {
  const labels = splitLabels(text)
  if (labels === undefined) return undefined
  const out = new Uint8Array(labels.reduce((sum, label) => sum + label.length + 1, 1))
  if (out.length > maxNameLength) return undefined
  let at = 0
  for (const label of labels) {
    out[at] = label.length
    for (let i = 0; i < label.length; i += 1) out[at + 1 + i] = label.charCodeAt(i)
    at += label.length + 1
  }
  return out
}

export interface ReadName {
  readonly name: string
  /** Where the name ends in the place that it was read from: after the first pointer, if there is one. */
  readonly end: number
}

/** Reads a name; undefined where it leaves the message, points forward (so no loop is possible), or is too long. */
export function readName(bytes: Uint8Array, start: number): ReadName | undefined {
  let name = ""
  let length = 1
  let at = start
  let lowest = start
  let end: number | undefined
  for (;;) {
    const head = bytes[at]
    if (head === undefined) return undefined
    if (head === 0) return { name: name.slice(0, -1), end: end ?? at + 1 }
    if (head >= 0xc0) {
      const low = bytes[at + 1]
      if (low === undefined) return undefined
      const target = (head & 0x3f) * 256 + low
      // RFC 1035 §4.1.4: a pointer names a prior occurrence. Each goes below all before it, so they end.
      if (target >= lowest) return undefined
      end ??= at + 2
      lowest = target
      at = target
      continue
    }
    length += head + 1
    if (head > maxLabelLength || length > maxNameLength || at + 1 + head > bytes.length) return undefined
    for (let i = at + 1; i <= at + head; i += 1) {
      const char = String.fromCharCode(bytes[i] ?? 0)
      name += char === "." || char === "\\" ? `\\${char}` : char
    }
    name += "."
    at += head + 1
  }
}

/** RFC 4343 §3: ASCII letters compare without case, other bytes as they are. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

function splitLabels(text: string): readonly string[] | undefined {
  if (text === "" || text === ".") return []
  if (!/^[\u0000-\u00ff]+$/.test(text)) return undefined
  const labels: string[] = []
  let label = ""
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === "\\") {
      at += 1
      if (at === text.length) return undefined
      label += text.charAt(at)
    } else if (char === ".") {
      if (label === "" || label.length > maxLabelLength) return undefined
      labels.push(label)
      label = ""
    } else label += char
  }
  if (label.length > maxLabelLength) return undefined
  if (label !== "") labels.push(label)
  return labels
}
