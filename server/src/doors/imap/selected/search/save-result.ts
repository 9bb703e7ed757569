/** SEARCH RETURN (SAVE): what "$" means from then on (RFC 5182 §2.1, §2.4). */
import type { SearchReturn } from "@letterkeep/imap"
import type { Known } from "../known.ts"

/** `found`: in the order of the answer. MIN or MAX alone save just these, with ALL or COUNT everything is saved. */
export function saveResult(known: Known, give: readonly SearchReturn[], found: Uint32Array): void {
  if (!give.includes("SAVE")) return
  const all = give.includes("ALL") || give.includes("COUNT")
  const ends = give.includes("MIN") || give.includes("MAX")
  const saved = all || !ends ? found : endsOf(give, found)
  known.saved = Uint32Array.from(saved).sort()
}

function endsOf(give: readonly SearchReturn[], found: Uint32Array): Uint32Array {
  const ends = new Set<number>()
  const [first, last] = [found[0], found[found.length - 1]]
  if (give.includes("MIN") && first !== undefined) ends.add(first)
  if (give.includes("MAX") && last !== undefined) ends.add(last)
  return Uint32Array.from(ends)
}

/** RFC 9051 §6.4.4: what is only to be saved is not told. */
export function isToldOf(give: readonly SearchReturn[]): boolean {
  return give.length !== 1 || give[0] !== "SAVE"
}
