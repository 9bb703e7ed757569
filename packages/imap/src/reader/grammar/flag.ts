import type { Decoder } from "../decoder.ts"

/**
 * RFC 9051 §9:
 *
 *     flag-list = "(" [flag *(SP flag)] ")"
 *     flag      = "\" atom / atom
 *
 * Flags keep the case in which they were written; which of them may be set is not the grammar's affair.
 */
export function flag(d: Decoder): string {
  return d.maybe("\\") ? `\\${d.atom("a flag's name", "\\")}` : d.atom("a flag")
}

export function flagList(d: Decoder, after: string): string[] {
  return d.list(() => flag(d), "flags", { after })
}
