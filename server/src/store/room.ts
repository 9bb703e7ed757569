import { statfsSync } from "node:fs"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"

/**
 * Whether there is room for more mail. Postgres stops dead when its WAL cannot grow, so doors stop taking mail
 * (452) while `lowWaterBytes` are still free. The mark leaves room for a usual load: groups that are being written,
 * and WAL until a checkpoint recycles it. It does not hold all that may be under way. Who is asked before this was
 * low may still write one message's sealed copies (octets times accounts: `flow` takes no more than 1 GB), the same
 * again as WAL, and others with it. Past that the disk is full: Postgres refuses or stops, the mail under way is put
 * off, and what was accepted stays.
 *
 * Of a given database the disk is not ours to see: there is room until it says `disk full`, and then for a minute
 * there is none.
 */
export interface Room {
  now(): "enough" | "low"
  /** The database said that its disk is full. */
  sawDiskFull(): void
  stop(): void
}

const lookEveryMs = 1000
/** After an error; the marks then decide again. */
const staysLowMs = 60_000
/** Free space must rise this far above the mark before doors open again, so that they do not flap. */
const risesBy = 1.1

export function watchRoom(options: {
  /** Where data and WAL lie; none for a given database. */
  readonly folder: string | undefined
  readonly lowWaterBytes: number
  readonly clock: Clock
  readonly log: Log
  readonly freeBytes?: (folder: string) => number
}): Room {
  const { folder, lowWaterBytes, clock, log, freeBytes = freeBytesOf } = options
  let low = false
  let fullUntil = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = (): void => {
    const now = clock.now()
    lookedAt = now
    const free = folder === undefined ? Number.POSITIVE_INFINITY : freeBytes(folder)
    const mark = low ? lowWaterBytes * risesBy : lowWaterBytes
    const lowNow = free < mark || now < fullUntil
    if (lowNow !== low) {
      const shown = Number.isFinite(free) ? free : -1
      if (lowNow) log.event("store.room-low", { freeBytes: shown, lowWaterBytes })
      else log.event("store.room-enough", { freeBytes: shown })
    }
    low = lowNow
  }
  look()
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return {
    now() {
      // The timer starves when the event loop is busy, and a wall clock may jump back.
      const age = clock.now() - lookedAt
      if (age >= lookEveryMs || age < 0) look()
      return low ? "low" : "enough"
    },
    sawDiskFull() {
      fullUntil = clock.now() + staysLowMs
      look()
    },
    stop: () => clearInterval(timer),
  }
}

/** Of a disk that cannot be looked at, nothing is known to be free: an error here must not end the process. */
function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch (error) {
    if (error instanceof Error && "code" in error) return 0
    throw error
  }
}
