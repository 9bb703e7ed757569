import { isDigit, isLetDig } from "./characters.ts"

/**
 * RFC 5321 §4.1.3:
 *
 *     address-literal         = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
 *     IPv4-address-literal    = Snum 3("." Snum)                     ; Snum 0 to 255
 *     IPv6-address-literal    = "IPv6:" IPv6-addr
 *     General-address-literal = Standardized-tag ":" 1*dcontent
 *
 * The value keeps its brackets. A general literal is accepted by its form; nobody here knows its meaning.
 */
export function readAddressLiteral(text: string, from: number): { value: string; end: number } | undefined {
  if (text[from] !== "[") return undefined
  const close = text.indexOf("]", from)
  if (close < 0) return undefined
  const inside = text.slice(from + 1, close)
  return isLiteral(inside) ? { value: text.slice(from, close + 1), end: close + 1 } : undefined
}

function isLiteral(inside: string): boolean {
  const colon = inside.indexOf(":")
  if (colon < 0) return isIpv4(inside)
  const tag = inside.slice(0, colon)
  const rest = inside.slice(colon + 1)
  return tag.toLowerCase() === "ipv6" ? isIpv6(rest) : isTag(tag) && isDcontent(rest)
}

function isIpv4(text: string): boolean {
  const parts = text.split(".")
  return parts.length === 4 && parts.every(isSnum)
}

function isSnum(part: string): boolean {
  if (part.length < 1 || part.length > 3) return false
  for (let at = 0; at < part.length; at += 1) if (!isDigit(part.charCodeAt(at))) return false
  return Number(part) <= 255
}

/** Eight groups of one to four hexadecimal digits; "::" once for two or more; the last two groups may be IPv4. */
function isIpv6(text: string): boolean {
  const halves = text.split("::")
  if (halves.length > 2) return false
  const [head = "", tail] = halves
  const left = groupsIn(head, tail === undefined)
  const right = tail === undefined ? 0 : groupsIn(tail, true)
  if (left === undefined || right === undefined) return false
  return tail === undefined ? left === 8 : left + right <= 6
}

function groupsIn(text: string, mayEndInIpv4: boolean): number | undefined {
  if (text === "") return 0
  const groups = text.split(":")
  let count = 0
  for (const [at, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) count += 1
    else if (mayEndInIpv4 && at === groups.length - 1 && isIpv4(group)) count += 2
    else return undefined
  }
  return count
}

/** Ldh-str: letters, digits and hyphens, a letter or digit last. */
function isTag(tag: string): boolean {
  for (let at = 0; at < tag.length; at += 1) {
    if (!isLetDig(tag.charCodeAt(at)) && tag[at] !== "-") return false
  }
  return tag !== "" && !tag.endsWith("-")
}

/** Printable ASCII but "[", "\" and "]". */
function isDcontent(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x21 || code > 0x7e || (code >= 0x5b && code <= 0x5d)) return false
  }
  return text !== ""
}
