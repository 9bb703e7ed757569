/**
 * The counts of each day and domain in the database, sealed to the server, until the report about them is sent. All nodes
 * add to the same row. In the clear are the day and a keyed hash of day and domain, so that no row leads to that of
 * another day.
 */
import { createCounts, type PolicyReport } from "@letterkeep/tls-rpt"
import type { Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { type Day, dayMs, dayOf } from "./days.ts"
import { limitsOfDomain } from "./limits.ts"
import { readCounts, type SealedCounts, writeCounts } from "./sealed-counts.ts"

/** What one process counted. `process` and `number` together are those of no other batch. */
export interface Batch {
  readonly process: string
  readonly number: number
  /** Each day and domain once. */
  readonly counts: readonly DomainCounts[]
}

export interface DomainCounts {
  readonly day: Day
  readonly domain: string
  readonly policies: readonly PolicyReport[]
}

/** Counts of a day that is over, sealed, as they were found. */
export interface DueCounts {
  readonly day: Day
  readonly hash: Buffer
  readonly data: Buffer
}

export interface KeptCounts {
  /** Durable when it resolves. The same batch again, right after, changes nothing. */
  add(batch: Batch): Promise<void>
  /** Those whose report is due, behind `after` in an order of their own; at most `atOnce`. */
  due(now: number, after?: DueCounts): Promise<readonly DueCounts[]>
  /** Throws where they were not sealed here, or for another place. */
  open(counts: DueCounts): DomainCounts
  /** Takes them out; false, and nothing is done, where they are not there any more, or no longer as they were found. */
  take(db: Store["sql"] | Tx, counts: DueCounts): Promise<boolean>
  /** Those that nobody was told of in time. */
  dropOld(now: number): Promise<void>
}

export interface KeptCountsParts {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
}

export const atOnce = 100
/**
 * After the end of a day, so that what all nodes have seen of it is put by. What a node puts by later still, since the
 * database was away, makes a further report about the day: no session is in two.
 */
export const settleMs = 10 * 60_000
/** Over which reports are spread by chance, so that no server is told by all others at midnight (RFC 8460 §4.1). */
export const spreadMs = 4 * 60 * 60_000
/** Days before today whose counts may still be told. */
export const keptDays = 2
/** Processes whose last batch a row remembers. */
const rememberedProcesses = 64

export function openKeptCounts({ store, vaults }: KeptCountsParts): KeptCounts {
  const { sql } = store
  const hashOf = (day: Day, domain: string): Buffer => vaults.serverHash("tls-report", `${day} ${domain}`)
  const open = (day: Day, hash: Buffer, data: Uint8Array): SealedCounts =>
    readCounts(vaults.openFromServer("tls-report", placeOf(day, hash), data))

  const addOne = async (tx: Tx, { process, number }: Batch, counts: DomainCounts): Promise<void> => {
    const { day, domain } = counts
    const hash = hashOf(day, domain)
    // Whoever is first makes the row; all others wait for it here, and hold it from here on.
    const [row] = await tx<{ data: Buffer }[]>`
      insert into tls_report_count (day, domain_hash, data) values (${day}, ${hash}, ${Buffer.alloc(0)})
      on conflict (day, domain_hash) do update set day = excluded.day returning data`
    if (row === undefined) throw new Error("an upsert returned no row")
    const known = row.data.length === 0 ? { last: [], policies: [] } : open(day, hash, row.data)
    if (known.last.some(one => one.process === process && one.number === number)) return
    const sums = createCounts(limitsOfDomain)
    sums.addAll(known.policies)
    sums.addAll(counts.policies)
    const others = known.last.filter(one => one.process !== process)
    const last = [...others, { process, number }].slice(-rememberedProcesses)
    const plain = writeCounts({ domain, last, policies: sums.reports() })
    const data = vaults.sealToServer("tls-report", placeOf(day, hash), plain)
    await tx`update tls_report_count set data = ${data} where day = ${day} and domain_hash = ${hash}`
  }

  return {
    async add(batch) {
      // In one order, so that two nodes never wait for each other in a circle.
      const counts = batch.counts
        .map(one => ({ one, hash: hashOf(one.day, one.domain) }))
        .sort((a, b) => a.one.day - b.one.day || Buffer.compare(a.hash, b.hash))
      await store.transaction(async tx => {
        for (const { one } of counts) await addOne(tx, batch, one)
      })
    },
    async due(now, after) {
      const yesterday = dayOf(now) - 1
      const [day, hash] = [after?.day ?? 0, after?.hash ?? Buffer.alloc(0)]
      return await sql<DueCounts[]>`
        select day, domain_hash as hash, data from tls_report_count
         where (day, domain_hash) > (${day}::int, ${hash}::bytea)
           and (day < ${yesterday}::int
                or (day = ${yesterday}::int and domain_hash < ${dueUpTo(now)}::bytea))
         order by day, domain_hash limit ${atOnce}`
    },
    open({ day, hash, data }) {
      const { domain, policies } = open(day, hash, data)
      return { day, domain, policies }
    },
    async take(db, { day, hash, data }) {
      const taken = await db`
        delete from tls_report_count where day = ${day} and domain_hash = ${hash} and data = ${data}
        returning day`
      return taken.length > 0
    },
    async dropOld(now) {
      await sql`delete from tls_report_count where day < ${dayOf(now) - keptDays}`
    },
  }
}

/**
 * The hashes of yesterday below this are due. A keyed hash is as good as a lot that each domain draws anew each day, and
 * all nodes see the same one.
 */
function dueUpTo(now: number): Buffer {
  const share = ((now % dayMs) - settleMs) / spreadMs
  if (share >= 1) return Buffer.alloc(33, 0xff)
  const bound = Buffer.alloc(4)
  bound.writeUInt32BE(Math.floor(Math.max(0, share) * 2 ** 32))
  return bound
}

const placeOf = (day: Day, hash: Buffer): string => `${day} ${hash.toString("hex")}`
