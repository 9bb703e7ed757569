/**
 * Settling, again and again until it is done: a message that others have would be sent to them twice. While the database
 * does not answer nothing else is begun, since that would end in the same way; when it does, all that waited is settled
 * at once.
 */
import type { Timer } from "../../ports/timer.ts"
import { StoreError } from "../../store/index.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { Settler } from "./settler.ts"

export interface SureSettling {
  /** Rejects only after `end`. */
  settle(mail: Claimed, tried: ReadonlyMap<number, Tried>): Promise<void>
  /** Something has to be settled before more mail is taken. */
  isBehind(): boolean
  /** Tries all that waits now; later tries follow soon, for the server is about to stop. */
  hurry(): void
  /** What is not settled by now is not. */
  end(): void
}

/** Milliseconds before the second try; twice as long each time, up to the most. */
const firstWaitMs = 100
const longestWaitMs = 30_000
/** When the server is about to stop. */
const hurriedWaitMs = 500
/** Where the database answers and yet something cannot be settled, a mistake of ours, mail goes on until there are so many. */
const unsettledLimit = 1000

export function createSureSettling(parts: {
  readonly settler: Pick<Settler, "settle">
  readonly timer: Timer
  readonly trouble: (task: string, error: unknown) => void
}): SureSettling {
  const { settler, timer, trouble } = parts
  /** Whose last try failed; true: since the database was away. */
  const unsettled = new Map<Claimed, boolean>()
  const impatient = new Set<() => void>()
  let isHurried = false
  let isOver = false

  const wait = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const wake = (): void => {
        callOff()
        impatient.delete(wake)
        resolve()
      }
      const callOff = timer.after(ms, wake)
      impatient.add(wake)
    })
  const wakeAll = (): void => {
    for (const wake of [...impatient]) wake()
  }

  return {
    async settle(mail, tried) {
      for (let ms = firstWaitMs; ; ms = Math.min(2 * ms, longestWaitMs))
        try {
          await settler.settle(mail, tried)
          if (unsettled.delete(mail)) wakeAll()
          return
        } catch (error) {
          if (isOver) throw error
          if (!unsettled.has(mail)) trouble("settle a message", error)
          unsettled.set(mail, error instanceof StoreError && error.temporary)
          await wait(isHurried ? hurriedWaitMs : ms)
        }
    },
    isBehind: () => unsettled.size >= unsettledLimit || [...unsettled.values()].includes(true),
    hurry() {
      isHurried = true
      wakeAll()
    },
    end() {
      isOver = true
      wakeAll()
    },
  }
}
