/**
 * Counts, in this process, how connections to each domain went, and puts the counts by from time to time.
 *
 * Promises: of what was seen, each session is put by once, whatever fails meanwhile, but for a process that ends without
 * `flush`: it takes what it saw since the last one along. The memory is bounded; beyond it sessions are left out, and the
 * log says how many.
 */
import { type Counts, createCounts, type SeenSession } from "@letterkeep/tls-rpt"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { dayOf } from "./days.ts"
import type { Batch, KeptCounts } from "./kept-counts.ts"
import { limitsOfDomain } from "./limits.ts"

export interface Collector {
  seen(session: SeenSession): void
  /** Puts by what was seen. Rejects as the store does; what could not be put by is tried again the next time. */
  flush(): Promise<void>
}

export interface CollectorParts {
  readonly kept: Pick<KeptCounts, "add">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
}

/** Domains, policies and kinds of failures that are in memory at once: some 20 MB. */
const mostHeld = 50_000
/** Domains that are put by in one transaction. */
const batchLimit = 100

type Counted = { readonly day: number; readonly domain: string; readonly counts: Counts }

export function createCollector({ kept, clock, chance, log }: CollectorParts): Collector {
  const process = chance.bytes(12).toString("hex")
  let batches = 0
  let counted = new Map<string, Counted>()
  /** On their way into the database: the same until that is known to have worked, so that none counts twice. */
  const waiting: { readonly batch: Batch; readonly size: number }[] = []
  let held = 0
  let leftOut = 0
  let flushing: Promise<void> | undefined

  const cut = (): void => {
    const all = [...counted.values()]
    counted = new Map()
    for (let at = 0; at < all.length; at += batchLimit) {
      const some = all.slice(at, at + batchLimit)
      batches += 1
      waiting.push({
        batch: {
          process,
          number: batches,
          counts: some.map(({ day, domain, counts }) => ({ day, domain, policies: counts.reports() })),
        },
        size: some.reduce((sum, { counts }) => sum + 1 + counts.size, 0),
      })
    }
  }
  const putBy = async (): Promise<void> => {
    if (leftOut > 0) log.event("sending.tls-sessions-left-out", { sessions: leftOut })
    leftOut = 0
    for (;;) {
      if (waiting.length === 0) cut()
      const [first] = waiting
      if (first === undefined) return
      await kept.add(first.batch)
      waiting.shift()
      held -= first.size
    }
  }

  return {
    seen(session) {
      const { domain } = session.policy
      if (held >= mostHeld) {
        leftOut += 1
        return
      }
      const day = dayOf(clock.now())
      const key = `${day} ${domain}`
      const known = counted.get(key)
      const one = known ?? { day, domain, counts: createCounts(limitsOfDomain) }
      if (known === undefined) counted.set(key, one)
      const before = known === undefined ? -1 : one.counts.size
      one.counts.add(session)
      held += one.counts.size - before
    },
    flush() {
      flushing ??= putBy().finally(() => {
        flushing = undefined
      })
      return flushing
    },
  }
}
