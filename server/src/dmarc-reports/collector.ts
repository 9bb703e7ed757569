/**
 * Counts the mail that comes, for the domains that ask for reports about it. In memory until the next `flush`, which
 * each node has to call each minute and at its end: killed, it loses what it counted since.
 */
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Personal, Privacy } from "../privacy/index.ts"
import { type Batch, type CountRows, dayMs } from "./count-rows.ts"
import { type ArrivedMessage, createCounts } from "./counts.ts"

export type Seen = Personal<"user.communications.reported", ArrivedMessage>

export interface Collector {
  /** A message whose fate is known: it was kept, or refused. */
  count(seen: Seen): void
  /** Durable when it resolves; where it rejects, the next one tries the same again. */
  flush(): Promise<void>
}

export interface CollectorParts {
  readonly rows: Pick<CountRows, "add">
  /** Is it a domain of ours, or under one? */
  readonly isOurs: (domain: string) => Promise<boolean>
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
}

/** Between two flushes: some 30 MB at most. */
const limits = { records: 50_000, recordsOfDomain: 2_000, domains: 20_000 }
/** Messages without a return path between two flushes; further ones are not counted. */
const noticeLimit = 10_000

export function createCollector({ rows, isOurs, privacy, clock, chance }: CollectorParts): Collector {
  const counts = createCounts(limits)
  /** Of which nobody knows yet whether it is written. */
  let pending: Batch | undefined
  let last: Promise<void> = Promise.resolve()

  /** What comes back of our own notices, no report is about: it could go round and round. */
  const notices: { readonly day: number; readonly seen: ArrivedMessage }[] = []

  const countNotices = async (): Promise<void> => {
    const some = [...notices]
    const known = new Map<string, boolean>()
    for (const { seen } of some) {
      const { headerFrom } = seen.record
      if (!known.has(headerFrom)) known.set(headerFrom, await isOurs(headerFrom))
    }
    notices.splice(0, some.length)
    for (const { day, seen } of some) if (known.get(seen.record.headerFrom) === false) counts.add(day, seen)
  }
  const write = async (): Promise<void> => {
    if (pending === undefined) {
      await countNotices()
      const taken = counts.take()
      if (taken.length === 0) return
      pending = { id: chance.bytes(16), counts: taken }
    }
    await rows.add(pending)
    pending = undefined
  }
  return {
    count(seen) {
      const day = Math.floor(clock.now() / dayMs)
      // The gate runs its work at once, and adding does not fail.
      void privacy.gate("mail.screen", { kind: "stranger" }, async permit => {
        const message = seen.open(permit)
        if (!message.isNotice) counts.add(day, message)
        else if (notices.length < noticeLimit) notices.push({ day, seen: message })
      })
    },
    flush() {
      // What failed before is written first, and then what came since.
      const done = last.then(async () => {
        const wasPending = pending !== undefined
        await write()
        if (wasPending) await write()
      })
      last = done.catch(() => undefined)
      return done
    },
  }
}
