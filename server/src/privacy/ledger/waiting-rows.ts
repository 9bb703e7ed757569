/**
 * What waits for its number, read as a whole, in pages: where nothing was numbered for long, it is much. What this
 * server did not write, by its MAC, is counted and no more.
 */
import type { Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { placeIn } from "./places.ts"
import { macOfWaiting } from "./waiting-mac.ts"

const PAGE_ROWS = 2_048
/** Places that are in memory, some 150 octets each. */
const MAX_PLACES = 200_000

export interface Waiting {
  readonly count: number
  /** Of those, written before the given time. */
  readonly late: number
  /** Of those, not written by this server. */
  readonly strange: number
  /** Whether an event of this server's waits at that place, in hex; undefined where too many wait to know. */
  isAt(place: string): boolean | undefined
  /** False where too many wait to know of every place. */
  readonly isWhole: boolean
}

interface WaitingRow {
  readonly waiting_id: number
  readonly data: Buffer
  readonly mac: Buffer
  readonly created_at: Date
}

/** `lateBefore`: milliseconds since 1970. */
export async function readWaiting(
  tx: Tx,
  vaults: Pick<Vaults, "macOf">,
  { lateBefore = 0, placesAtMost = MAX_PLACES } = {},
): Promise<Waiting> {
  const places = new Set<string>()
  let [count, late, strange, after, isWhole] = [0, 0, 0, -1, true]
  for (;;) {
    const rows = await tx<WaitingRow[]>`
      select waiting_id, data, mac, created_at from ledger_waiting where waiting_id > ${after}
      order by waiting_id limit ${PAGE_ROWS}`
    for (const { data, mac, created_at } of rows) {
      const at = created_at.getTime()
      count++
      if (at < lateBefore) late++
      const place = placeIn(data)?.toString("hex")
      if (!mac.equals(macOfWaiting(vaults, data, at))) strange++
      else if (place !== undefined && places.size < placesAtMost) places.add(place)
      else if (place !== undefined && !places.has(place)) isWhole = false
    }
    const last = rows.at(-1)
    if (last === undefined) break
    after = last.waiting_id
  }
  const isAt = (place: string) => (places.has(place) ? true : isWhole ? false : undefined)
  return { count, late, strange, isAt, isWhole }
}
