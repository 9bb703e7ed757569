/** Lets others have their turn in long work of the main thread. */
import { setImmediate } from "node:timers/promises"

/** Milliseconds of work at a stretch. */
const stretchMs = 6

/** Resolves at once when there has been little work since the last pause. Throws the signal's reason. */
export function createBreath(signal?: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now()
  const pause = async (): Promise<void> => {
    await setImmediate()
    signal?.throwIfAborted()
    since = performance.now()
  }
  return () => {
    signal?.throwIfAborted()
    return performance.now() - since < stretchMs ? undefined : pause()
  }
}
