import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import type { Timer } from "../ports/timer.ts"

/**
 * A resolver with an end: what has no answer when the time of a message is up counts as failed, so that no stranger's
 * name server can hold a message for longer.
 */
export interface Budget {
  readonly resolver: Resolver
  /** Stops the clock; to be called when the message is done with. */
  end(): void
}

export function createBudget(resolver: Resolver, timer: Timer, milliseconds: number): Budget {
  let isOver = false
  const waiting = new Set<() => void>()
  const cancel = timer.after(milliseconds, () => {
    isOver = true
    for (const giveUp of waiting) giveUp()
    waiting.clear()
  })
  const bounded = <T>(ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> => {
    if (isOver) return Promise.resolve({ kind: "failed", why: "timeout" })
    return new Promise(resolve => {
      const giveUp = (): void => resolve({ kind: "failed", why: "timeout" })
      waiting.add(giveUp)
      const settle = (answer: DnsAnswer<T>): void => {
        waiting.delete(giveUp)
        resolve(answer)
      }
      // A resolver answers failures; one that rejects has broken, and an unanswered question loses no mail.
      ask().then(settle, () => settle({ kind: "failed", why: "unreachable" }))
    })
  }
  return {
    resolver: {
      txt: name => bounded(() => resolver.txt(name)),
      a: name => bounded(() => resolver.a(name)),
      aaaa: name => bounded(() => resolver.aaaa(name)),
      mx: name => bounded(() => resolver.mx(name)),
      ptr: address => bounded(() => resolver.ptr(address)),
    },
    end: cancel,
  }
}
