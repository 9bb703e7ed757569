/**
 * Old checkpoints are thinned: all of the last day stay, then the last of each hour for 30 days, then the last of each
 * day (UTC). A newer one proves all that an older one did; what is left says what the ledger was at which time. The
 * database itself refuses to remove what is not a day older than the newest, so nobody hides a step back in this way.
 *
 * A *sweep* goes through the table by the size of the tree, a page at each step, and begins again an hour after it came
 * to the checkpoints of the last day. A step reads one page by the primary key, and removes at most that.
 */
import type { Sql } from "../../store/index.ts"

const HOUR_MS = 60 * 60 * 1_000
const DAY_MS = 24 * HOUR_MS
/** Milliseconds for which each checkpoint is kept, and then one of each hour. */
export const ALL_FOR_MS = DAY_MS
export const HOURLY_FOR_MS = 30 * DAY_MS
/** From the end of a sweep to the next one. */
export const SWEEPS_EVERY_MS = HOUR_MS
/** Checkpoints of one step. A step is taken each second at most, and so is a checkpoint: no sweep falls behind. */
export const PAGE_CHECKPOINTS = 1_000

export interface OldCheckpoint {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Of neighbours in their order, the older ones that a later one in the same hour, or day, makes superfluous. */
export function superfluous(checkpoints: readonly OldCheckpoint[], now: number): readonly OldCheckpoint[] {
  return checkpoints.filter((each, index) => {
    const next = checkpoints[index + 1]
    const span = spanAt(now - each.at)
    return next !== undefined && span > 0 && Math.floor(next.at / span) === Math.floor(each.at / span)
  })
}

/** Of how many milliseconds one checkpoint of this age stays; nought: each does. */
function spanAt(age: number): number {
  if (age < ALL_FOR_MS) return 0
  return age < HOURLY_FOR_MS ? HOUR_MS : DAY_MS
}

/** One step; gives how many it removed. */
export type Thin = (now: number) => Promise<number>

export function createThin(sql: Sql, page = PAGE_CHECKPOINTS): Thin {
  /** The sweep goes on at the checkpoint of this size, which stayed. */
  let from = 0
  let restsUntil = Number.NEGATIVE_INFINITY
  return async now => {
    // A clock that is set back must not end the thinning for as long.
    if (now < restsUntil && now > restsUntil - SWEEPS_EVERY_MS) return 0
    const rows = await sql<{ size: number; created_at: Date }[]>`
      select size, created_at from ledger_checkpoint where size >= ${from} order by size limit ${page}`
    const checkpoints = rows.map(row => ({ size: row.size, at: row.created_at.getTime() }))
    const gone = superfluous(checkpoints, now).map(each => each.size)
    const [removed] =
      gone.length === 0
        ? []
        : await sql<{ n: number }[]>`
      select thin_checkpoints(${gone}::bigint[]) as n`
    const last = checkpoints.at(-1)
    const isSwept = last === undefined || rows.length < page || now - last.at < ALL_FOR_MS
    from = isSwept ? 0 : last.size
    restsUntil = isSwept ? now + SWEEPS_EVERY_MS : Number.NEGATIVE_INFINITY
    return removed?.n ?? 0
  }
}
