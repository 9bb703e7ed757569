/** Keywords of an email (RFC 8621 §4.1.1): what `\Seen` and its like are written as, and what people and programs make up. */
export const keywordLimits = {
  /** Of an email. */
  perEmail: 128,
  /** Octets of one. */
  octets: 255,
} as const

/** As they are kept: each once, in one order. */
export function canonicalKeywords(keywords: readonly string[]): string[] {
  return [...new Set(keywords)].sort()
}

/** Why these cannot be kept, as a sentence for the person; undefined: they can. */
export function faultOfKeywords(keywords: readonly string[]): string | undefined {
  if (new Set(keywords).size > keywordLimits.perEmail)
    return `A message has at most ${keywordLimits.perEmail} keywords.`
  if (keywords.some(keyword => Buffer.byteLength(keyword) > keywordLimits.octets))
    return `A keyword is at most ${keywordLimits.octets} octets long.`
  return undefined
}
