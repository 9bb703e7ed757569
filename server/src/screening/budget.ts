import type { DnsAnswer, NameResolver, Resolver } from "@letterkeep/dns"
import { createTurnstile } from "../ports/network/index.ts"
import type { Timer } from "../ports/timer.ts"

/**
 * What one message may ask of the DNS: for so long, so many questions, so many of them at a time. A stranger chooses
 * the names, so no message may hold our resolver from the others, nor be held itself by a stranger's name server.
 * What has no answer when the time is up, or is asked beyond its share, counts as failed.
 */
export interface Budget {
  /** A resolver for so many questions. Each check has its own, so that none can use up those of another. */
  share(questions: number): NameResolver
  /** When the message is done with: stops the clock, answers what waits as failed, and has it asked no more. */
  end(): void
}

/** Questions of one message that are with the resolver at the same time; the others wait here. */
export const atOnce = 8

export function createBudget(resolver: NameResolver, timer: Timer, milliseconds: number): Budget {
  const end = new AbortController()
  const { signal } = end
  const waiting = new Set<() => void>()
  const turnstile = createTurnstile(atOnce, Number.POSITIVE_INFINITY) // the shares bound the line
  const stop = (): void => {
    end.abort()
    for (const giveUp of waiting) giveUp()
    waiting.clear()
  }
  const cancel = timer.after(milliseconds, stop)
  const bounded = <T>(ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> => {
    if (signal.aborted) return Promise.resolve({ kind: "failed", why: "timeout" })
    return new Promise(resolve => {
      const giveUp = (): void => resolve({ kind: "failed", why: "timeout" })
      waiting.add(giveUp)
      const settle = (answer: DnsAnswer<T>): void => {
        waiting.delete(giveUp)
        resolve(answer)
      }
      // A resolver answers failures; one that rejects has broken, and an unanswered question loses no mail.
      turnstile.pass(ask, signal).then(
        answer => settle(answer ?? { kind: "failed", why: "timeout" }),
        () => settle({ kind: "failed", why: "unreachable" }),
      )
    })
  }
  return {
    share(questions) {
      let left = questions
      const counted = <T>(ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> => {
        if (left === 0) return Promise.resolve({ kind: "failed", why: "refused" })
        left -= 1
        return bounded(ask)
      }
      const counting = (asked: Resolver): Resolver => ({
        txt: name => counted(() => asked.txt(name, signal)),
        a: name => counted(() => asked.a(name, signal)),
        aaaa: name => counted(() => asked.aaaa(name, signal)),
        mx: name => counted(() => asked.mx(name, signal)),
        ptr: address => counted(() => asked.ptr(address, signal)),
      })
      return { ...counting(resolver), naming: parts => counting(resolver.naming(parts)) }
    },
    end() {
      cancel()
      stop()
    },
  }
}
