import { setTimeout as pause } from "node:timers/promises"
import type { Log } from "../ports/log.ts"
import { failure } from "../ports/log-fields.ts"
import type { Whereabouts } from "./driver-target.ts"
import { openPool, type PoolLimits, type Sql } from "./pool.ts"

/**
 * NOTIFY from the database, on one connection of its own. The driver's own `listen` forgets its channels when the
 * database is away at the moment of reconnecting; this one asks until it is back, and then says so: what was sent
 * in between is lost, and whoever listens has to look for itself.
 */
export interface Listening {
  /** What comes back stops it, and never rejects. */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<() => Promise<void>>
  /**
   * Whether the database answers: asked each second on this connection, which no work of others keeps busy. Unknown,
   * and so true, until somebody listens.
   */
  reachable(): boolean
  close(): Promise<void>
}

interface Listener {
  readonly onPayload: (payload: string) => void
  readonly onReconnect: () => void
}

const firstWaitMs = 50
const longestWaitMs = 5_000
const askEveryMs = 1_000
/** A question that waits longer says that the database hangs, or the way to it. */
const answersWithinMs = 2_000

export function openListening(where: Whereabouts, limits: PoolLimits, log: Log): Listening {
  const channels = new Map<string, Set<Listener>>()
  const closing = new AbortController()
  let sql: Sql | undefined
  let reconnecting: Promise<void> | undefined
  let askedAt: number | undefined

  const askWhetherThere = async (): Promise<void> => {
    if (sql === undefined || reconnecting !== undefined || askedAt !== undefined) return
    askedAt = performance.now()
    // A refusal is an answer; a loss is seen by `onLost`.
    await sql`select`.catch(() => undefined)
    askedAt = undefined
  }
  const asking = setInterval(() => void askWhetherThere(), askEveryMs)
  asking.unref()

  const connect = (): Sql =>
    openPool(
      where,
      { ...limits, connections: 1 },
      {
        onNotify: (channel, payload) => {
          for (const listener of channels.get(channel) ?? []) listener.onPayload(payload)
        },
        onLost: () => {
          if (!closing.signal.aborted)
            reconnecting ??= reconnect().finally(() => {
              reconnecting = undefined
            })
        },
      },
    )

  const ask = async (channel: string): Promise<void> => {
    sql ??= connect()
    await sql.unsafe(`listen ${quoteChannel(channel)}`)
  }

  const reconnect = async (): Promise<void> => {
    const lostAt = performance.now()
    let said = false
    for (let waitMs = firstWaitMs; !closing.signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        for (const channel of channels.keys()) await ask(channel)
        break
      } catch (error) {
        if (!said) log.event("store.listen-lost", { error: failure(error) })
        said = true
      }
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
    if (closing.signal.aborted) return
    log.event("store.listen-back", { ms: Math.round(performance.now() - lostAt) })
    for (const listeners of channels.values()) for (const listener of listeners) listener.onReconnect()
  }

  return {
    async listen(channel, onPayload, onReconnect) {
      const listener: Listener = { onPayload, onReconnect }
      const listeners = channels.get(channel) ?? new Set()
      channels.set(channel, listeners.add(listener))
      try {
        await ask(channel)
      } catch (error) {
        listeners.delete(listener)
        throw error
      }
      return async () => {
        listeners.delete(listener)
        if (listeners.size > 0 || channels.get(channel) !== listeners) return
        channels.delete(channel)
        if (sql === undefined || closing.signal.aborted) return
        // A connection that is lost listens to nothing, and a channel without listeners is not asked for again.
        await sql.unsafe(`unlisten ${quoteChannel(channel)}`).catch(() => undefined)
      }
    },
    reachable: () =>
      reconnecting === undefined && (askedAt === undefined || performance.now() - askedAt < answersWithinMs),
    async close() {
      clearInterval(asking)
      closing.abort()
      channels.clear()
      await reconnecting
      await sql?.end({ timeout: 1 })
    },
  }
}

function quoteChannel(channel: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel))
    throw new RangeError("a channel is a plain name of at most 63 letters")
  return `"${channel}"`
}
