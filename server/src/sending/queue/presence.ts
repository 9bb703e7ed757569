/**
 * Presence: workers that have mail in hand say so again and again, and watch one another. What one had in hand that fell
 * silent, because it was killed or its machine was, is due again within seconds; its leases would have kept it for minutes.
 *
 * Silence is not a time by some clock, but the same beat seen at each of several ticks of the watcher's own: whoever
 * watches had the database all that while, so that one which was away for all of them makes nobody seem dead. A worker
 * that was only slow loses its leases, as it would when they run out; what it hands over then still counts.
 *
 * Nobody says anything while nothing is in hand.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Store, Tx } from "../../store/index.ts"

/** Between two ticks, at least. */
export const TICK_MS = 2_500
/** Ticks at which a worker has to be silent, behind the one that saw it first. */
export const SILENT_TICKS = 4
/** Marks of a worker's leases; they begin anew when leases of so long ago have ended. */
const MARKS = 2 ** 20
/** Longer by this for each try before: where workers die of a message, they do so at a pace. */
const SLOWER_SECONDS = 30

export interface Presence {
  /** The mark of a claim's lease, by which its worker is known. */
  mark(): number
  /** In the transaction of a claim that took something: from its commit on this worker is missed. */
  takes(tx: Tx): Promise<void>
  /**
   * Each TICK_MS, and not before the last one is done, until it answers "quiet". `busy`: something is in hand. "freed":
   * something that another had in hand is due.
   */
  tick(busy: boolean): Promise<"quiet" | "watching" | "freed">
}

export interface PresenceParts {
  readonly store: Pick<Store, "transaction">
  readonly chance: Chance
}

export function createPresence({ store, chance }: PresenceParts): Presence {
  // 31 bits, and 20 of a mark: a lease stays below 2^53.
  const worker = 1 + (chance.bytes(4).readUInt32BE() >>> 1)
  let marks = 0
  let beats = 0
  let isHere = false
  let hasClaimed = false
  let watched: ReadonlyMap<number, Watched> = new Map()

  const beat = async (tx: Tx): Promise<void> => {
    beats += 1
    await tx`insert into queue_worker (worker_id, beat) values (${worker}, ${beats})
      on conflict (worker_id) do update set beat = excluded.beat`
  }
  /** Unless a claim has just written it anew. */
  const leave = async (tx: Tx, lastBeat: number): Promise<void> => {
    await tx`delete from queue_worker where worker_id = ${worker} and beat = ${lastBeat}`
  }

  return {
    mark() {
      hasClaimed = true
      marks += 1
      return worker * MARKS + (marks % MARKS)
    },
    async takes(tx) {
      if (!isHere) await beat(tx)
    },
    async tick(busy) {
      const stays = busy || (isHere && hasClaimed)
      const lastBeat = beats
      hasClaimed = false
      isHere &&= stays
      const freed = await store.transaction(async tx => {
        // Where the database loses the newest of it in a crash, leases wait for their end.
        await tx`set local synchronous_commit = off`
        if (stays) await beat(tx)
        else if (lastBeat > 0) await leave(tx, lastBeat)
        watched = await watch(tx, worker, watched)
        let count = 0
        for (const silent of watched.values())
          if (silent.ticks >= SILENT_TICKS) count += await takeOver(tx, silent)
        return count
      })
      isHere = stays
      if (freed > 0) return "freed"
      return isHere || watched.size > 0 ? "watching" : "quiet"
    },
  }
}

interface Watched {
  readonly worker: number
  readonly beat: number
  /** For how long it has been so. */
  readonly ticks: number
}

async function watch(
  tx: Tx,
  self: number,
  before: ReadonlyMap<number, Watched>,
): Promise<ReadonlyMap<number, Watched>> {
  const others = await tx<{ worker: number; beat: number }[]>`
    select worker_id as worker, beat from queue_worker where worker_id <> ${self}`
  return new Map(
    others.map(({ worker, beat }) => {
      const seen = before.get(worker)
      return [worker, { worker, beat, ticks: seen?.beat === beat ? seen.ticks + 1 : 0 }]
    }),
  )
}

/**
 * Nothing where it has said something meanwhile. The leases stay written down until somebody claims: it was a try, and
 * whoever had it may still settle. Rows that somebody holds at this moment are being settled.
 */
async function takeOver(tx: Tx, silent: Watched): Promise<number> {
  const { count } = await tx`
    with gone as (
      delete from queue_worker where worker_id = ${silent.worker} and beat = ${silent.beat} returning worker_id
    ), theirs as (
      select r.account_id, r.mail_id, r.no from queued_recipient r join gone
        on r.lease >= gone.worker_id * ${MARKS}::bigint and r.lease < (gone.worker_id + 1) * ${MARKS}::bigint
      for update of r skip locked
    )
    update queued_recipient r
      set due_at = least(r.due_at, now() + r.attempts * ${SLOWER_SECONDS} * interval '1 second')
    from theirs t where r.account_id = t.account_id and r.mail_id = t.mail_id and r.no = t.no`
  return count
}
