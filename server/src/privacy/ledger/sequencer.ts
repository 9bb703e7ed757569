/**
 * When numbering runs. Every node listens for events that wait and tries; whoever gets the lock does it. Events gather
 * for a moment, and in busy times a checkpoint comes each second. What failed, or was in another node's hands, is tried
 * again each second while something waits.
 */
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { failure } from "../../ports/log-fields.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Sequenced } from "./sequence.ts"

const GATHER_MS = 50
/** From the beginning of one run to the next; and after one that failed. */
export const SPACING_MS = 1_000
/** How often it is said that numbering fails, while it does. */
const SAID_EVERY_MS = 60_000

export interface Sequencer {
  /** Something may wait. */
  wake(): void
  /** Milliseconds for which something has been waiting, as far as this node knows; 0 when nothing does. */
  waitingFor(): number
  /** Numbers all that waits now. Rejects as a run does. */
  flush(): Promise<void>
  /** Begins no more, and resolves when nothing runs. */
  close(): Promise<void>
}

export interface SequencerParts {
  /** See sequence.ts. */
  readonly run: (lock: "try" | "wait") => Promise<Sequenced>
  readonly clock: Clock
  readonly timer: Timer
  readonly log: Log
}

export function createSequencer({ run, clock, timer, log }: SequencerParts): Sequencer {
  let closed = false
  let callOff: (() => void) | undefined
  let running: Promise<void> | undefined
  let isWokenAgain = false
  let waitingSince: number | undefined
  let lastBegan = Number.NEGATIVE_INFINITY
  let saidAt = Number.NEGATIVE_INFINITY

  function plan(ms: number): void {
    if (closed || callOff !== undefined) return
    callOff = timer.after(ms, () => {
      callOff = undefined
      running = go().finally(() => {
        running = undefined
      })
    })
  }

  async function go(): Promise<void> {
    lastBegan = clock.now()
    isWokenAgain = false
    const since = waitingSince
    const outcome = await run("try").catch(sayFailure)
    if (outcome.kind === "failed" || outcome.kind === "busy") return plan(SPACING_MS)
    saidAt = Number.NEGATIVE_INFINITY
    if (outcome.isFull) return plan(0)
    // What woke us since may wait still; what was there before does not.
    if (waitingSince === since) waitingSince = undefined
    if (isWokenAgain) {
      waitingSince ??= lastBegan
      plan(untilNext())
    }
  }

  function sayFailure(error: unknown): { readonly kind: "failed" } {
    if (clock.now() - saidAt >= SAID_EVERY_MS) {
      saidAt = clock.now()
      log.event("ledger.numbering-failed", { error: failure(error) })
    }
    return { kind: "failed" }
  }

  // A clock that is set back must not make it wait for as long.
  const untilNext = (): number =>
    Math.min(SPACING_MS, Math.max(GATHER_MS, lastBegan + SPACING_MS - clock.now()))

  return {
    wake() {
      waitingSince ??= clock.now()
      if (running === undefined) plan(untilNext())
      else isWokenAgain = true
    },
    waitingFor: () => (waitingSince === undefined ? 0 : clock.now() - waitingSince),
    async flush() {
      for (let isFull = true; isFull; ) {
        const outcome = await run("wait")
        isFull = outcome.kind !== "busy" && outcome.isFull
      }
    },
    async close() {
      closed = true
      callOff?.()
      await running
    },
  }
}
