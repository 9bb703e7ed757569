import type { DnsAnswer } from "@letterkeep/dns"
import type { Clock } from "../clock.ts"

/**
 * Answers, for as long as they may be believed; bounded in number and in bytes, since strangers choose what is
 * asked and answered. The one used longest ago goes first.
 */
export interface AnswerCache {
  /** With the seconds that are left as its `ttl`. */
  get(key: string): DnsAnswer<unknown> | undefined
  set(key: string, answer: DnsAnswer<unknown>, seconds: number): void
  readonly size: number
}

export const maxAnswers = 10_000
export const maxAnswerBytes = 16_000_000

interface Entry {
  readonly answer: DnsAnswer<unknown>
  readonly until: number
  readonly bytes: number
}

export function createAnswerCache(
  clock: Clock,
  limits = { answers: maxAnswers, bytes: maxAnswerBytes },
): AnswerCache {
  // A Map keeps the order of insertion: its first key is the one used longest ago.
  const entries = new Map<string, Entry>()
  let bytes = 0
  const drop = (key: string, entry: Entry): void => {
    entries.delete(key)
    bytes -= entry.bytes
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const left = Math.floor((entry.until - clock.now()) / 1000)
      if (clock.now() >= entry.until) {
        drop(key, entry)
        return undefined
      }
      entries.delete(key)
      entries.set(key, entry)
      return entry.answer.kind === "failed" ? entry.answer : { ...entry.answer, ttl: Math.max(0, left) }
    },
    set(key, answer, seconds) {
      if (!(seconds > 0)) return
      const old = entries.get(key)
      if (old !== undefined) drop(key, old)
      const entry = { answer, until: clock.now() + seconds * 1000, bytes: weigh(key, answer) }
      entries.set(key, entry)
      bytes += entry.bytes
      for (const [oldest, one] of entries) {
        if (entries.size <= limits.answers && bytes <= limits.bytes) break
        drop(oldest, one)
      }
    },
    get size() {
      return entries.size
    },
  }
}

/** Roughly what an entry holds in memory. */
function weigh(key: string, answer: DnsAnswer<unknown>): number {
  const records = answer.kind === "found" ? answer.records : []
  return records.reduce<number>(
    (sum, record) => sum + 60 + (typeof record === "string" ? record.length : 120),
    200 + key.length,
  )
}
