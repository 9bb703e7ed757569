/**
 * What this process wrote and has not seen numbered yet. Between its commit and its number an event lies in the queue
 * alone, and whoever takes it from there together with its detail and its count leaves no trace in the database. So the
 * process remembers the hash of each event that it committed, and asks every few seconds where those are: in the tree,
 * then it is forgotten; in the queue, then it is asked for again; nowhere, then it was lost, and that is said.
 *
 * A process that ends forgets: what was lost before it looked is missed only by its number, where that was not put back.
 */
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { failure, own } from "../../ports/log-fields.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Store } from "../../store/index.ts"

/** Milliseconds after its commit that an event is looked for, and from one look to the next. */
export const LOOKS_AFTER_MS = 5_000
/** After a look that failed. */
const RESTS_MS = 60_000
/** Events that are remembered, some 200 octets each. Those above are not looked for. */
export const MAX_REMEMBERED = 50_000
/** Of one query. */
const PAGE_EVENTS = 1_000

export interface Watch {
  /** An event has been committed. */
  remember(hash: Buffer): void
  /** How many events this process has seen lost. */
  lost(): number
  /** Resolves when no look is under way. */
  looked(): Promise<void>
  /** Looks no more, and resolves when nothing runs. */
  close(): Promise<void>
}

export interface WatchParts {
  readonly sql: Store["sql"]
  readonly clock: Clock
  readonly timer: Timer
  readonly log: Log
  readonly limit?: number
}

export function createWatch({ sql, clock, timer, log, limit = MAX_REMEMBERED }: WatchParts): Watch {
  /** By the hash in hex, oldest first: when it was committed. */
  const remembered = new Map<string, number>()
  let [unwatched, lost, closed] = [0, 0, false]
  let callOff: (() => void) | undefined
  let running: Promise<void> | undefined

  function plan(ms: number): void {
    if (closed || callOff !== undefined || remembered.size === 0) return
    callOff = timer.after(ms, () => {
      callOff = undefined
      running = look()
        .then(
          () => LOOKS_AFTER_MS,
          (error: unknown) => {
            log.event("task.failed", { task: own("ledger: look for events"), error: failure(error) })
            return RESTS_MS
          },
        )
        .then(rest => {
          running = undefined
          plan(rest)
        })
    })
  }

  async function look(): Promise<void> {
    if (unwatched > 0) log.event("ledger.events-unwatched", { events: unwatched })
    unwatched = 0
    const before = clock.now() - LOOKS_AFTER_MS
    const due = [...remembered].filter(([, at]) => at <= before).map(([hash]) => hash)
    for (let at = 0; at < due.length && !closed; at += PAGE_EVENTS)
      await lookFor(due.slice(at, at + PAGE_EVENTS))
  }

  async function lookFor(hashes: readonly string[]): Promise<void> {
    // One statement, so that what is numbered meanwhile is seen here or there. RFC 6962 §2.1: a leaf's hash.
    const rows = await sql<{ hex: string; numbered: boolean; waits: boolean }[]>`
      with waiting as materialized (
        select encode(sha256(decode('00', 'hex') || data), 'hex') as hex from ledger_waiting
      )
      select hex, exists (select from ledger_leaf where hash = decode(hex, 'hex')) as numbered,
             hex in (select hex from waiting) as waits
        from unnest(${hashes}::text[]) as asked (hex)`
    for (const { hex, numbered, waits } of rows) if (numbered || !waits) remembered.delete(hex)
    const gone = rows.filter(row => !row.numbered && !row.waits).length
    lost += gone
    if (gone > 0) log.event("ledger.event-lost", { events: gone })
  }

  return {
    remember(hash) {
      if (remembered.size >= limit) unwatched++
      else remembered.set(hash.toString("hex"), clock.now())
      if (running === undefined) plan(LOOKS_AFTER_MS)
    },
    lost: () => lost,
    looked: async () => running,
    async close() {
      closed = true
      callOff?.()
      await running
    },
  }
}
