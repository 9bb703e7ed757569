/** What a STORE makes of a message (RFC 9051 §6.4.6). */
import type { FlagChange, MessageRow } from "../mail.ts"

export interface Flags {
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

/** `wanted.keywords` are canonical; so is what comes out where it differs. */
export function flagsAfter(row: Flags, wanted: FlagChange): Flags {
  const { change, keywords, deleted } = wanted
  if (change === "set")
    return { keywords: sameSet(row.keywords, keywords) ? row.keywords : keywords, deleted }
  if (change === "add") {
    const lacks = keywords.some(keyword => !row.keywords.includes(keyword))
    return {
      keywords: lacks ? [...new Set([...row.keywords, ...keywords])].sort() : row.keywords,
      deleted: row.deleted || deleted,
    }
  }
  const has = keywords.some(keyword => row.keywords.includes(keyword))
  return {
    keywords: has ? row.keywords.filter(keyword => !keywords.includes(keyword)) : row.keywords,
    deleted: row.deleted && !deleted,
  }
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && others.every(keyword => some.includes(keyword))
}

/** A message whose keywords, or mark, are to be written. */
export interface Differing {
  readonly row: MessageRow
  readonly after: Flags
}
