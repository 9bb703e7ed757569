/**
 * What the ledger must say about one person and does not. Their events are numbered 1, 2, 3, …; the places of the
 * numbers (places.ts) are sought in the tree and in what waits for it, up to their count, and on for as long as the
 * tree has more.
 */
import type { AccountId, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { countOf } from "./count-rows.ts"
import { PAGE_PLACES, placedFrom, placeOf } from "./places.ts"
import { readWaiting } from "./waiting-rows.ts"

type MissingVaults = Pick<Vaults, "macOf" | "isMacOf" | "accountMark">

export interface Missing {
  /** Numbers that were given, of which there is no leaf. */
  readonly withoutLeaf: number
  /** Leaves of which there is no detail. */
  readonly withoutDetail: number
}

/** `size`: of the tree that is looked at; `found`: the leaves in it whose details are there. */
export async function missingEvents(
  tx: Tx,
  vaults: MissingVaults,
  account: AccountId,
  { size, found }: { readonly size: number; readonly found: { has(leaf: number): boolean } },
): Promise<Missing> {
  const mark = await vaults.accountMark(tx, account)
  const { events, isOurs } = await countOf(vaults, tx, account)
  const counted = isOurs ? events : 0
  const waiting = await readWaiting(tx, vaults)
  let [withoutLeaf, withoutDetail, last] = [0, 0, 0]
  for (let from = 1; ; from += PAGE_PLACES) {
    const placed = await placedFrom(tx, mark, from)
    if (placed.length === 0 && from > counted) return { withoutLeaf, withoutDetail }
    last = placed.at(-1)?.number ?? last
    withoutDetail += placed.filter(({ leaf }) => leaf < size && !found.has(leaf)).length
    const there = new Set(placed.map(one => one.number))
    for (let number = from; number <= Math.max(last, Math.min(counted, from + PAGE_PLACES - 1)); number++)
      if (!there.has(number) && waiting.isAt(placeOf(mark, number).toString("hex")) === false) withoutLeaf++
  }
}
