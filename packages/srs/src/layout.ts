/**
 * How rewritten addresses look. There is no RFC; the layout is the one that forwarders agree on, so that one can shorten
 * what another has made:
 *
 *     first  = "SRS0" sep hash "=" stamp "=" domain "=" local-part           at who forwarded first
 *     later  = "SRS1" sep tag "=" first-domain "=" rest                      at who forwarded it on
 *     rest   = sep hash "=" stamp "=" domain "=" local-part                  as it stood behind "SRS0"
 *     sep    = "=" / "+" / "-"                                               "=" where we write
 *     hash   = 8 base32                                                      HMAC-SHA-256, its first 40 bits
 *     stamp  = 3 base32                                                      days since 1970
 *     tag    = hash stamp
 *
 * Hash, stamp and tag are read by those alone who wrote them; ours are of lower-case letters and digits and are the same
 * in any case, since some servers fold what is before the "@".
 */
export interface ReturnAddress {
  /** Quotes and backslashes taken away. */
  readonly localPart: string
  readonly domain: string
}

export type Layout =
  | {
      readonly kind: "first"
      readonly hash: string
      readonly stamp: string
      readonly domain: string
      readonly localPart: string
    }
  | { readonly kind: "later"; readonly tag: string; readonly domain: string; readonly rest: string }
  /** It begins like one. */
  | { readonly kind: "malformed" }
  | { readonly kind: "none" }

export function readLayout(localPart: string): Layout {
  const match = /^SRS([01])([=+-])/i.exec(localPart)
  if (match === null) return { kind: "none" }
  const fields = localPart.slice(match[0].length)
  if (match[1] === "1") {
    const [tag, domain, rest] = cut(fields, 2)
    // What was behind "SRS0" begins with its separator and has a hash, a stamp, a domain and a name.
    const isWhole = rest !== undefined && /^[=+-][^=]+=[^=]+=[^=]+=[\s\S]/.test(rest)
    return tag && domain && isWhole ? { kind: "later", tag, domain, rest } : { kind: "malformed" }
  }
  const [hash, stamp, domain, name] = cut(fields, 3)
  return hash && stamp && domain && name
    ? { kind: "first", hash, stamp, domain, localPart: name }
    : { kind: "malformed" }
}

/** At the first `times` equals signs: what is behind them may hold more. */
function cut(text: string, times: number): string[] {
  const parts: string[] = []
  let from = 0
  for (let n = 0; n < times; n += 1) {
    const at = text.indexOf("=", from)
    if (at === -1) break
    parts.push(text.slice(from, at))
    from = at + 1
  }
  return [...parts, text.slice(from)]
}
