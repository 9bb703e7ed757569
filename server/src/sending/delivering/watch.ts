/** Ticks while this courier or another has mail in hand: it is seen to live, and sees who died. See queue/presence.ts. */
import type { Timer } from "../../ports/timer.ts"
import { type Presence, TICK_MS } from "../queue/presence.ts"

export interface Watch {
  /** Ticks at once, and on until nobody has anything in hand. Does nothing while it runs. */
  start(): void
  /** Resolves after its last tick. */
  stop(): Promise<void>
}

export interface WatchParts {
  readonly tick: Presence["tick"]
  readonly isBusy: () => boolean
  /** Something that another had in hand is due. */
  readonly onFreed: () => void
  readonly timer: Timer
  readonly trouble: (task: string, error: unknown) => void
}

export function createWatch({ tick, isBusy, onFreed, timer, trouble }: WatchParts): Watch {
  let running: Promise<void> | undefined
  let isOver = false
  let wake = (): void => undefined
  const rest = (): Promise<void> =>
    new Promise(resolve => {
      const callOff = timer.after(TICK_MS, resolve)
      wake = () => {
        callOff()
        resolve()
      }
    })

  const run = async (): Promise<void> => {
    while (!isOver) {
      try {
        const seen = await tick(isBusy())
        if (seen === "freed") onFreed()
        if (seen === "quiet" && !isBusy()) return
      } catch (error) {
        trouble("watch other couriers", error)
      }
      if (!isOver) await rest()
    }
  }

  return {
    start() {
      running ??= run().finally(() => {
        running = undefined
      })
    },
    async stop() {
      isOver = true
      wake()
      await running
      // What is still in hand is missed by others.
      if (!isBusy()) await tick(false)
    },
  }
}
