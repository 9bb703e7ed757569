/**
 * Connections that are kept for prepared queries (see wire/conversation.ts): borrowed from the pool when first asked,
 * given back when nobody has asked for a while. Queries share them and follow one another without waiting, so each
 * answer has to be small: what is large is asked for in pieces.
 */
import { setTimeout as pause } from "node:timers/promises"
import type { Fields } from "./fields.ts"
import type { Pool, Reserved } from "./pool.ts"
import type { QueryValue } from "./query-values.ts"
import { StoreError, toStoreError } from "./store-error.ts"
import { type Conversation, converse } from "./wire/conversation.ts"

export interface Readers {
  ask<T>(text: string, values: readonly QueryValue[], read: (fields: Fields) => T): Promise<T[]>
  /**
   * Resolves when all connections have gone back, those with work when they have answered, or after five seconds: for one
   * that comes back later than this the driver's end would wait out its own time.
   */
  close(): Promise<void>
}

export interface ReaderLimits {
  /** Of the pool's connections, as many as readers may keep. */
  readonly connections: number
  /** Queries that are on their way on one connection; others wait here. */
  readonly pipelined: number
  /** Milliseconds without a query after which a connection goes back. */
  readonly idleMs: number
}

/** A third of the pool, so that writers always find one. */
export function readerLimits(poolConnections: number): ReaderLimits {
  return { connections: Math.max(1, Math.floor(poolConnections / 3)), pipelined: 32, idleMs: 2_000 }
}

/**
 * What is asked here looks rows up by their keys: one plan fits all values, and planning anew would cost more than the
 * rows.
 */
const planOnce = "set plan_cache_mode = force_generic_plan; select pg_backend_pid() as pid"
const planAsUsual = "reset plan_cache_mode"

/** A database that hangs holds up nobody who wants to stop. */
const longestCloseMs = 5_000

interface Lane {
  readonly conversation: Conversation
  readonly reserved: Reserved
  idle: NodeJS.Timeout | undefined
}

type Waiting = { readonly go: (lane: Lane) => void; readonly fail: (error: unknown) => void }

export function createReaders(pool: Pool, limits: ReaderLimits): Readers {
  const lanes = new Set<Lane>()
  const waiting: Waiting[] = []
  let opening = 0
  let closed = false
  /** Connections on their way back. */
  let leaving = 0
  const empty = Promise.withResolvers<void>()

  function leastBusy(): Lane | undefined {
    let best: Lane | undefined
    for (const lane of lanes)
      if (best === undefined || lane.conversation.pending < best.conversation.pending) best = lane
    return best
  }

  /** Opens another connection while all that there are have work. */
  function grow(): void {
    if (closed || lanes.size + opening >= limits.connections) return
    opening++
    openLane().then(
      lane => {
        opening--
        lanes.add(lane)
        next()
        rest(lane)
      },
      (error: unknown) => {
        opening--
        left()
        // Others that are still open, or opening, will serve those who wait.
        if (lanes.size + opening === 0) for (const each of waiting.splice(0)) each.fail(error)
      },
    )
  }

  async function openLane(): Promise<Lane> {
    const reserved = await pool.reserve()
    try {
      const [, [row] = []] = await reserved.sql.unsafe<[unknown, { pid: number }[]]>(planOnce)
      const socket = row === undefined ? undefined : pool.findSocket?.(row.pid)
      if (socket === undefined) throw new StoreError("the database connection was lost", { temporary: true })
      const conversation = converse(socket, () => drop(lane, "lost"))
      const lane: Lane = { conversation, reserved, idle: undefined }
      return lane
    } catch (error) {
      const told = toStoreError(error)
      pool.sawFailure(told)
      reserved.done(told instanceof StoreError && told.temporary ? "lost" : "give back")
      throw told
    }
  }

  function drop(lane: Lane, outcome: "give back" | "lost"): void {
    clearTimeout(lane.idle)
    lanes.delete(lane)
    if (outcome === "lost") lane.reserved.done(outcome)
    else {
      leaving++
      lane.conversation.end()
      lane.reserved.sql
        .unsafe(planAsUsual)
        .then(
          () => lane.reserved.done("give back"),
          () => lane.reserved.done("lost"),
        )
        .finally(() => {
          leaving--
          left()
        })
    }
    left()
    if (waiting.length > 0) next()
  }

  function left(): void {
    if (closed && lanes.size + opening + leaving === 0) empty.resolve()
  }

  function next(): void {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const lane = leastBusy()
      if (lane === undefined || lane.conversation.pending > 0) grow()
      if (lane === undefined || lane.conversation.pending >= limits.pipelined) return
      waiting.shift()
      first.go(lane)
    }
  }

  /** A lane without work goes back after a while, or at once when the readers close. */
  function rest(lane: Lane): void {
    if (lane.conversation.pending > 0 || !lanes.has(lane)) return
    if (closed) {
      drop(lane, "give back")
      return
    }
    if (lane.idle !== undefined) return
    lane.idle = setTimeout(() => {
      lane.idle = undefined
      if (lane.conversation.pending === 0 && lanes.has(lane)) drop(lane, "give back")
    }, limits.idleMs)
    lane.idle.unref()
  }

  return {
    ask: (text, values, read) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new StoreError("the store is closed", { temporary: false }))
        waiting.push({
          fail: reject,
          go(lane) {
            clearTimeout(lane.idle)
            lane.idle = undefined
            lane.conversation
              .ask(text, values, read)
              .then(resolve, reject)
              .finally(() => {
                next()
                rest(lane)
              })
          },
        })
        next()
      }),
    async close() {
      closed = true
      for (const each of waiting.splice(0))
        each.fail(new StoreError("the store is closed", { temporary: false }))
      for (const lane of [...lanes]) rest(lane)
      left()
      await Promise.race([empty.promise, pause(longestCloseMs, undefined, { ref: false })])
    },
  }
}
