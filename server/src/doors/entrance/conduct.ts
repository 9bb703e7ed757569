import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { EntranceLimits } from "./limits.ts"

/**
 * How each source behaves: open connections, how fast new ones come, and bad marks, which fade. Bounded: open
 * connections by their limit, the rest by forgetting the source heard of longest ago.
 */
export interface Conduct<Mark extends string> {
  /** Counts a connection in; `leave` it when it closes, if it was `welcome`. */
  enter(source: string): "welcome" | "too-many" | "too-fast"
  leave(source: string): void
  mark(source: string, bad: Mark): void
  /** Milliseconds that answers to this source wait. */
  delay(source: string): number
}

/** What a source can be blamed for at this door, and how heavily each weighs. */
export type Weights<Mark extends string> = { readonly [mark in Mark]: number }

interface Memory {
  marks: number
  /** New connections that may come now. */
  allowance: number
  /** When both were true. */
  at: number
}

type Bounds = Omit<EntranceLimits, "connections" | "proxyHeaderMs">

/** `now`: milliseconds that only grow. */
export function createConduct<Mark extends string>(
  limits: Bounds,
  weights: Weights<Mark>,
  now: () => number,
): Conduct<Mark> {
  const open = new Map<string, number>()
  const memories = createBoundedMap<string, Memory>(limits.sources)

  const recall = (source: string): Memory => {
    const at = now()
    let memory = memories.get(source)
    if (memory === undefined) {
      memory = { marks: 0, allowance: limits.newPerMinute, at }
      memories.set(source, memory)
      return memory
    }
    const passed = at - memory.at
    memory.marks *= 0.5 ** (passed / limits.markHalfLifeMs)
    memory.allowance = Math.min(
      limits.newPerMinute,
      memory.allowance + (passed * limits.newPerMinute) / 60_000,
    )
    memory.at = at
    return memory
  }

  return {
    enter(source) {
      const count = open.get(source) ?? 0
      if (count >= limits.connectionsPerSource) return "too-many"
      const memory = recall(source)
      if (memory.allowance < 1) return "too-fast"
      memory.allowance -= 1
      open.set(source, count + 1)
      return "welcome"
    },
    leave(source) {
      const count = open.get(source) ?? 0
      if (count > 1) open.set(source, count - 1)
      else open.delete(source)
    },
    mark(source, bad) {
      recall(source).marks += weights[bad]
    },
    delay(source) {
      if (memories.size === 0) return 0
      const beyond = recall(source).marks - limits.patience
      return beyond <= 0 ? 0 : Math.min(limits.longestDelayMs, Math.ceil(beyond * limits.delayPerMarkMs))
    },
  }
}
