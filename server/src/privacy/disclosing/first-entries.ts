import type { Tx } from "../../store/index.ts"
import { recipientNames } from "./facts.ts"
import { entriesFromBefore, type NewEntry, type Reading } from "./rows.ts"
import { standing } from "./wish.ts"

/** An entry to be; `saidAt` where it was said before now. */
export type Made = NewEntry & { readonly saidAt?: Date }

/**
 * What the register has to begin with when it opens: what was agreed before its entries had a MAC, and a standing
 * agreement with each recipient of whom nothing was ever said.
 */
export async function firstEntries(tx: Tx, found: Reading): Promise<readonly Made[]> {
  if (found.kind === "broken") return []
  // Who was in a register that was begun anew is not known: each is for the operator to agree.
  if (found.entries.some(one => one.says === "begun-anew")) return []
  const before = found.last === 0 ? await entriesFromBefore(tx) : []
  const spokenOf = new Set([...found.entries, ...before].map(one => one.recipient))
  return [...before, ...recipientNames.filter(name => !spokenOf.has(name)).map(standing)]
}
