/**
 * What filters remember between two messages: which message came before (RFC 7352), whom an answer or a copy went to
 * (RFC 5230 §4.2), that the owner was told of a fault, that something was sent and counts, that a run came to a limit, that
 * the filter rests. Keyed hashes with a time. Mail only adds rows, so that they can be written in the transaction that keeps
 * the message; a row goes when its time is over, when there are too many, and when its kind is forgotten.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { AccountId } from "../../store/ids.ts"
import { createTableRows, type Store, type TableRows, type Tx } from "../../store/index.ts"

/** As numbers in the rows. */
const kinds = {
  ...{ duplicate: 1, answer: 2, copy: 3, told: 4, report: 5, answered: 6, returned: 7 },
  /** A run that came to a limit, by whose mail. */
  overrun: 8,
  /** Stopped by the server, until it starts again. */
  rest: 9,
} as const

export type MemoryKind = keyof typeof kinds

export interface Memory {
  readonly account: AccountId
  readonly kind: MemoryKind
  /** Keyed, of 16 octets. */
  readonly hash: Buffer
  /** Milliseconds since 1970. */
  readonly until: number
}

export interface FilterMemory {
  /** Is it remembered now? */
  knows(account: AccountId, kind: MemoryKind, hash: Buffer): Promise<boolean>
  /** How many are remembered now of a kind; `tx`: as that transaction sees it. */
  count(account: AccountId, kind: MemoryKind, tx?: Tx): Promise<number>
  /** The same, but of each hash so many at most. */
  countEach(account: AccountId, kind: MemoryKind, most: number, tx?: Tx): Promise<number>
  /** All of a kind. */
  forget(tx: Tx, account: AccountId, kind: MemoryKind): Promise<void>
  /** How often it is remembered now. */
  times(account: AccountId, kind: MemoryKind, hash: Buffer): Promise<number>
  /** Adds rows that remember these to those of a transaction. */
  addTo(tables: TableRows, memories: readonly Memory[]): void
  /** In a transaction, where one is given. */
  remember(memories: readonly Memory[], tx?: Tx): Promise<void>
  /** For the worker. Resolves with the number of rows that went. */
  dropOld(): Promise<number>
}

/** Rows of one account; of more, those that end soonest are forgotten. Strangers fill it, a message at a time. */
export const memoryLimit = 20_000
const batchRows = 10_000

interface Parts {
  readonly store: Pick<Store, "sql" | "transaction" | "copyIn">
  readonly clock: Clock
  readonly chance: Chance
}

export function createFilterMemory({ store, clock, chance }: Parts, limit = memoryLimit): FilterMemory {
  const now = (): Date => new Date(clock.now())

  function addTo(tables: TableRows, memories: readonly Memory[]): void {
    const copy = tables.of("filter_memory", ["account_id", "hash", "memory_id", "kind", "until"])
    for (const { account, kind, hash, until } of memories) {
      copy.row()
      copy.int8(account)
      copy.bytea(hash)
      copy.int8(chance.bytes(6).readUIntBE(0, 6))
      copy.int2(kinds[kind])
      copy.timestamptz(until)
    }
  }

  async function dropUntil(one: () => Promise<number>): Promise<number> {
    let dropped = 0
    for (;;) {
      const count = await one()
      dropped += count
      if (count < batchRows) return dropped
    }
  }

  return {
    addTo,
    async knows(account, kind, hash) {
      const found = await store.sql`
        select from filter_memory
        where account_id = ${account} and hash = ${hash} and kind = ${kinds[kind]} and until > ${now()} limit 1`
      return found.count === 1
    },
    async count(account, kind, tx) {
      const [row] = await (tx ?? store.sql)<{ n: number }[]>`
        select count(*)::bigint as n from filter_memory
        where account_id = ${account} and kind = ${kinds[kind]} and until > ${now()}`
      return row?.n ?? 0
    },
    async countEach(account, kind, most, tx) {
      const [row] = await (tx ?? store.sql)<{ n: number }[]>`
        select coalesce(sum(least(n, ${most})), 0)::bigint as n from (
          select count(*) as n from filter_memory
          where account_id = ${account} and kind = ${kinds[kind]} and until > ${now()} group by hash) each_hash`
      return row?.n ?? 0
    },
    async forget(tx, account, kind) {
      await tx`delete from filter_memory where account_id = ${account} and kind = ${kinds[kind]}`
    },
    async times(account, kind, hash) {
      const [row] = await store.sql<{ n: number }[]>`
        select count(*)::bigint as n from filter_memory
        where account_id = ${account} and hash = ${hash} and kind = ${kinds[kind]} and until > ${now()}`
      return row?.n ?? 0
    },
    remember: (memories, given) => {
      const tables = createTableRows()
      addTo(tables, memories)
      const write = async (tx: Tx): Promise<void> => await store.copyIn(tx, ...tables.all())
      return given === undefined ? store.transaction(write) : write(given)
    },
    async dropOld() {
      const old = await dropUntil(async () => {
        const { count } = await store.sql`
          delete from filter_memory where ctid = any(array(
            select ctid from filter_memory where until <= ${now()} limit ${batchRows}))`
        return count
      })
      const surplus = await dropUntil(async () => {
        const { count } = await store.sql`
          delete from filter_memory where ctid = any(array(
            select f.ctid from (
              select account_id from filter_memory group by account_id having count(*) > ${limit}
            ) many cross join lateral (
              select ctid from filter_memory m where m.account_id = many.account_id
              order by until desc offset ${limit}
            ) f limit ${batchRows}))`
        return count
      })
      return old + surplus
    },
  }
}
