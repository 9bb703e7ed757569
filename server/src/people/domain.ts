/**
 * Domain names of mail, in the one form that we keep: lower-case A-labels (RFC 5890 §2.3.2.1).
 *
 *     domain = label 1*("." label)          RFC 5321 §2.3.5: fully qualified, so two labels at least
 *     label  = let-dig [*61(let-dig / "-") let-dig]   RFC 1035 §2.3.1 as RFC 1123 §2.1 widened it
 *
 * U-labels (Unicode) are turned into A-labels by the platform's IDNA (UTS 46); a label that says it is an
 * A-label ("xn--") must be one. No label is all digits at the end: that would be an address. At most 253
 * octets. One dot at the end is taken off.
 */
import { domainToASCII, domainToUnicode } from "node:url"

const MAX_DOMAIN = 253
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** The kept form, or undefined when the text is no domain name. */
export function normaliseDomain(text: string): string | undefined {
  if (text.length > 4 * MAX_DOMAIN) return undefined
  const bare = text.endsWith(".") ? text.slice(0, -1) : text
  const lower = bare.toLowerCase()
  // The platform's parser also reads percent escapes and numbers as hosts of URLs do: nothing but letters,
  // digits, marks, hyphens and dots may reach it.
  if (!/^[\p{L}\p{N}\p{M}.\-\u3002\u200c\u200d]+$/u.test(lower)) return undefined
  const plain = /^[a-z0-9.-]+$/.test(lower) && !lower.includes("xn--")
  const ascii = plain ? lower : domainToASCII(lower)
  if (ascii.length === 0 || ascii.length > MAX_DOMAIN) return undefined
  const labels = ascii.split(".")
  if (labels.length < 2 || !labels.every(each => label.test(each))) return undefined
  if (ascii.includes("xn--") && !areTrueALabels(ascii)) return undefined
  return /^\d+$/.test(labels.at(-1) ?? "") ? undefined : ascii
}

/** The platform lets an all-ASCII name through unread, and leaves a label that decodes to nothing as it is. */
function areTrueALabels(ascii: string): boolean {
  const unicode = domainToUnicode(ascii)
  return !unicode.split(".").some(each => each.startsWith("xn--")) && domainToASCII(unicode) === ascii
}
