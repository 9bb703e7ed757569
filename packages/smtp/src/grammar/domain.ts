import { maxDomain, maxLabel } from "../limits.ts"
import { isLetDig, isUtf8NonAscii } from "./characters.ts"

/**
 * RFC 5321 §4.1.2, with RFC 6531 §3.3:
 *
 *     Domain     = sub-domain *("." sub-domain)
 *     sub-domain = Let-dig [Ldh-str] / U-label
 *
 * Departs from RFC 5321 §4.1.2: an underscore stands as a letter does, since domains of real senders have it.
 */
export function readDomain(text: string, from: number): { value: string; end: number } | undefined {
  let at = from
  let label = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (isLetDig(code) || code === underscore || isUtf8NonAscii(code)) {
      at += 1
      continue
    }
    if (at === label) return undefined
    if (code === hyphen) {
      at += 1
      continue
    }
    if (text.charCodeAt(at - 1) === hyphen || at - label > maxLabel) return undefined
    if (code !== dot) break
    at += 1
    label = at
  }
  return at - from > maxDomain ? undefined : { value: text.slice(from, at), end: at }
}

const hyphen = 0x2d
const dot = 0x2e
const underscore = 0x5f
