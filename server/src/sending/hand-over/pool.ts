import type { Clock } from "../../ports/clock.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Failed } from "./tried.ts"

/**
 * The connections to all destinations. Each destination has a lane: its sessions, at work or idle for a moment, and the
 * line of mails that wait for one. A destination that nothing is known of gets one connection, and more once that one
 * works: ten thousand mails to a dead domain cost one try. Where none can be had, all who wait hear why, and for a while,
 * longer each time, nobody tries again.
 *
 * Promises: never more sessions than the limits, of one destination or of all; whoever waits is answered once; a lane with
 * mail waiting is never forgotten for want of a place: places that get free go round the lanes that want one.
 */
export interface Pool<S> {
  /** A session for one piece of work. `signal`: whoever waits leaves the line. */
  acquire(destination: string, open: Open<S>, signal: AbortSignal): Promise<Acquired<S>>
  /** How many wait in line for a destination. */
  waitingFor(destination: string): number
  /** Says goodbye to what is idle, breaks off what is being opened; whoever waits is sent away. */
  close(): void
  /** Sessions that are open or being opened. */
  readonly size: number
}

export type Open<S> = (
  signal: AbortSignal,
) => Promise<
  | { readonly kind: "opened"; readonly opened: Opened<S> }
  | { readonly kind: "failed"; readonly failed: Failed }
>

export interface Opened<S> {
  readonly session: S
  /** Resolves at its end, whoever ended it. */
  readonly ended: Promise<void>
  goodbye(): void
}

export type Acquired<S> =
  | { readonly kind: "session"; readonly lease: Lease<S> }
  | { readonly kind: "failed"; readonly failed: Failed }
  /** The signal ended the wait, or the pool closes. */
  | { readonly kind: "withdrawn" }

export interface Lease<S> {
  readonly session: S
  /** It has done other work before: the far side may have gone meanwhile. */
  readonly reused: boolean
  /** The session can do more work. It or `drop`, whichever comes first, counts. */
  giveBack(): void
  /** `failed`: it ended without having done anything, since the far side wants none of us now. */
  drop(failed?: Failed): void
}

export interface PoolLimits {
  readonly perDestination: number
  readonly inAll: number
}

/** Milliseconds that a session may have nothing to do. */
export const idleMs = 10_000
/** Milliseconds before a destination that could not be reached is tried again; doubled each time, up to the most. */
export const firstRest = 60_000
export const longestRest = 900_000
/** Milliseconds for which a destination that wants fewer connections than we would open gets no more. */
export const modestMs = 60_000
/** Sessions in a row that may end without any work done before a destination rests. */
const maxFruitless = 3
/** Destinations that are remembered without having mail here. */
const maxResting = 10_000

interface Held<S> {
  readonly opened: Opened<S>
  hasEnded: boolean
  used: boolean
  cancelIdle: (() => void) | undefined
}

interface Lane<S> {
  readonly destination: string
  open: Open<S>
  readonly held: Set<Held<S>>
  readonly idle: Held<S>[]
  readonly line: Set<(acquired: Acquired<S>) => void>
  opening: number
  /** What the far side was found to bear, for a while. */
  modest: { readonly sessions: number; readonly until: number } | undefined
  rest: { readonly until: number; readonly failed: Failed } | undefined
  /** Rests in a row. */
  failures: number
  /** Sessions in a row that ended without having done any work. */
  fruitless: number
}

export function createPool<S>(parts: {
  readonly clock: Clock
  readonly timer: Timer
  readonly limits: PoolLimits
  /** Told of an `open` that rejected: a mistake of ours, for which the mail waits. */
  readonly onBroken: (error: unknown) => void
}): Pool<S> {
  const { clock, timer, limits, onBroken } = parts
  const lanes = new Map<string, Lane<S>>()
  /** Lanes that want a place, in turn. */
  const hungry = new Set<Lane<S>>()
  const closing = new AbortController()
  let size = 0

  const laneOf = (destination: string, open: Open<S>): Lane<S> => {
    const known = lanes.get(destination)
    if (known !== undefined) {
      known.open = open
      return known
    }
    if (lanes.size >= maxResting) forgetResting()
    const lane: Lane<S> = {
      destination,
      open,
      held: new Set(),
      idle: [],
      line: new Set(),
      opening: 0,
      modest: undefined,
      rest: undefined,
      failures: 0,
      fruitless: 0,
    }
    lanes.set(destination, lane)
    return lane
  }
  const isAtRest = (lane: Lane<S>): boolean => lane.held.size + lane.opening + lane.line.size === 0
  /** The oldest half of those that have nothing here but their past. */
  const forgetResting = (): void => {
    const resting = [...lanes.values()].filter(isAtRest)
    for (const lane of resting.slice(0, Math.ceil(resting.length / 2))) lanes.delete(lane.destination)
  }

  const most = (lane: Lane<S>): number => {
    if (lane.modest !== undefined && clock.now() >= lane.modest.until) lane.modest = undefined
    return Math.min(limits.perDestination, lane.modest?.sessions ?? limits.perDestination)
  }
  const wantsMore = (lane: Lane<S>): boolean => {
    if (lane.line.size <= lane.opening || lane.held.size + lane.opening >= most(lane)) return false
    return lane.held.size > 0 || lane.opening === 0
  }
  /** Opens as many as the line and the limits ask for. */
  const fill = (lane: Lane<S>): void => {
    while (wantsMore(lane)) {
      if (size >= limits.inAll && !closeAnIdle()) {
        hungry.add(lane)
        return
      }
      openOne(lane)
    }
    hungry.delete(lane)
  }
  /** Makes a place by ending a session that has nothing to do; the place is free at once. */
  const closeAnIdle = (): boolean => {
    for (const lane of lanes.values()) {
      const held = lane.idle.shift()
      if (held === undefined) continue
      dismiss(lane, held)
      return true
    }
    return false
  }
  const feed = (): void => {
    for (const lane of hungry) {
      if (size >= limits.inAll) return
      hungry.delete(lane)
      if (wantsMore(lane)) {
        openOne(lane)
        if (wantsMore(lane)) hungry.add(lane)
      }
    }
  }

  const openOne = (lane: Lane<S>): void => {
    lane.opening += 1
    size += 1
    // In one step each: a place that is neither being opened nor held would be given away twice.
    lane.open(closing.signal).then(
      found => {
        lane.opening -= 1
        if (found.kind === "failed") wentWrong(lane, found.failed)
        else welcome(lane, found.opened)
      },
      (error: unknown) => {
        lane.opening -= 1
        onBroken(error)
        wentWrong(lane, { kind: "not-now", why: "trouble-here" })
      },
    )
  }
  const welcome = (lane: Lane<S>, opened: Opened<S>): void => {
    const held: Held<S> = { opened, hasEnded: false, used: false, cancelIdle: undefined }
    lane.held.add(held)
    void opened.ended.then(() => lose(lane, held))
    offer(lane, held)
    fill(lane)
  }
  const wentWrong = (lane: Lane<S>, failed: Failed): void => {
    size -= 1
    if (lane.held.size > 0)
      // It takes mail, but not over so many connections.
      lane.modest = { sessions: lane.held.size, until: clock.now() + modestMs }
    else giveUp(lane, failed)
    feed()
  }
  const giveUp = (lane: Lane<S>, failed: Failed): void => {
    // What is for good may be mended, and trouble of ours says nothing about the destination.
    const isTheirs = failed.kind === "not-now" && failed.why !== "trouble-here"
    const ms = isTheirs ? Math.min(firstRest * 2 ** lane.failures, longestRest) : firstRest
    if (isTheirs) lane.failures += 1
    lane.rest = { until: clock.now() + ms, failed }
    const waiting = [...lane.line]
    lane.line.clear()
    for (const settle of waiting) settle({ kind: "failed", failed })
  }

  /** To whoever is first in line, or to nobody for a moment. */
  const offer = (lane: Lane<S>, held: Held<S>): void => {
    const [first] = lane.line
    if (first !== undefined) {
      lane.line.delete(first)
      first({ kind: "session", lease: leaseOf(lane, held) })
      return
    }
    if (closing.signal.aborted) {
      dismiss(lane, held)
      return
    }
    lane.idle.push(held)
    held.cancelIdle = timer.after(idleMs, () => dismiss(lane, held))
    feedFromIdle()
  }
  const feedFromIdle = (): void => {
    if (hungry.size > 0 && closeAnIdle()) feed()
  }
  const takeIdle = (lane: Lane<S>): Held<S> | undefined => {
    const held = lane.idle.pop()
    held?.cancelIdle?.()
    return held
  }
  const leaseOf = (lane: Lane<S>, held: Held<S>): Lease<S> => {
    const reused = held.used
    held.used = true
    let isOver = false
    const once = (act: () => void): void => {
      if (isOver) return
      isOver = true
      act()
    }
    return {
      session: held.opened.session,
      reused,
      giveBack: () =>
        once(() => {
          lane.failures = 0
          lane.fruitless = 0
          lane.rest = undefined
          if (held.hasEnded) drop(lane, held, undefined)
          else offer(lane, held)
        }),
      drop: failed => once(() => drop(lane, held, failed)),
    }
  }
  const drop = (lane: Lane<S>, held: Held<S>, failed: Failed | undefined): void => {
    forget(lane, held)
    if (failed !== undefined) {
      lane.fruitless += 1
      if (lane.held.size === 0 || lane.fruitless >= maxFruitless) giveUp(lane, failed)
    }
    // The place goes to whoever waits longest for one, so that no lane keeps its places for ever.
    if (hungry.size > 0 && wantsMore(lane)) hungry.add(lane)
    else fill(lane)
    feed()
    tidy(lane)
  }
  const dismiss = (lane: Lane<S>, held: Held<S>): void => {
    forget(lane, held)
    held.opened.goodbye()
    tidy(lane)
  }
  const forget = (lane: Lane<S>, held: Held<S>): void => {
    held.cancelIdle?.()
    if (!lane.held.delete(held)) return
    const at = lane.idle.indexOf(held)
    if (at !== -1) lane.idle.splice(at, 1)
    size -= 1
  }
  const tidy = (lane: Lane<S>): void => {
    if (isAtRest(lane) && lane.rest === undefined) lanes.delete(lane.destination)
  }
  /** It ended by itself; where it is at work, whoever has it says so. */
  const lose = (lane: Lane<S>, held: Held<S>): void => {
    held.hasEnded = true
    if (!lane.idle.includes(held)) return
    forget(lane, held)
    feed()
    tidy(lane)
  }

  return {
    get size() {
      return size
    },
    waitingFor: destination => lanes.get(destination)?.line.size ?? 0,
    async acquire(destination, open, signal) {
      if (signal.aborted || closing.signal.aborted) return { kind: "withdrawn" }
      const lane = laneOf(destination, open)
      const held = takeIdle(lane)
      if (held !== undefined) return { kind: "session", lease: leaseOf(lane, held) }
      if (lane.rest !== undefined && clock.now() < lane.rest.until)
        return { kind: "failed", failed: lane.rest.failed }
      return await new Promise(resolve => {
        const settle = (acquired: Acquired<S>): void => {
          signal.removeEventListener("abort", leave)
          resolve(acquired)
        }
        const leave = (): void => {
          lane.line.delete(settle)
          settle({ kind: "withdrawn" })
        }
        signal.addEventListener("abort", leave)
        lane.line.add(settle)
        fill(lane)
      })
    },
    close() {
      closing.abort()
      for (const lane of lanes.values()) {
        for (const settle of [...lane.line]) settle({ kind: "withdrawn" })
        lane.line.clear()
        for (const held of [...lane.idle]) dismiss(lane, held)
      }
    },
  }
}
