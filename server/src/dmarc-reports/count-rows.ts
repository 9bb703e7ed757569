/**
 * What was counted, in the database until it is reported: each minute of each node adds rows, and changes none. Sealed to
 * the server. In the clear are the day, and a keyed hash of day and domain, so that no row leads to that of another day.
 */
import type { Store, Tx } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { createCounts, type DayCounts } from "./counts.ts"

export interface CountRows {
  /** Durable when it resolves. The same batch again adds nothing. */
  add(batch: Batch): Promise<void>
  /** Domains and days whose report is due, behind `after` in an order of their own; at most `atOnce`. */
  due(now: number, after?: DueReport): Promise<readonly DueReport[]>
  /** Undefined where nothing is left of them. Throws where a row is of somebody else's making. */
  open(due: DueReport): Promise<OpenedCounts | undefined>
  /** Takes these rows out; false, and the transaction must not commit, where some are gone already. */
  take(tx: Tx, opened: OpenedCounts): Promise<boolean>
  /** Without a report. */
  drop(due: DueReport): Promise<void>
  /** Those that nobody was told of in time. */
  dropOld(now: number): Promise<void>
}

/** What one node counted since the last time. */
export interface Batch {
  /** 16 octets that no other has. */
  readonly id: Buffer
  readonly counts: readonly DayCounts[]
}

export interface DueReport {
  readonly day: number
  readonly hash: Buffer
}

export interface OpenedCounts extends DueReport {
  readonly counts: DayCounts
  readonly batches: readonly Buffer[]
}

export const dayMs = 24 * 60 * 60 * 1000
export const atOnce = 100
/** After the end of a day, so that what all nodes have counted is here. */
const settleMs = 10 * 60 * 1000
/** Over which reports are spread by chance, so that no server is told by all others at midnight. */
const spreadMs = 4 * 60 * 60 * 1000
/** Days before today that may still be told of. */
const keptDays = 2
const insertedAtOnce = 500
/** Rows of one report that are opened; there is one each minute and node. What is beyond goes with another report. */
const batchLimit = 20_000
/** Records of one report; RFC 9990 sets no limit. */
const recordLimit = 20_000

interface Parts {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
}

export function openCountRows({ store, vaults }: Parts): CountRows {
  const { sql } = store
  const hashOf = (day: number, domain: string): Buffer =>
    vaults.serverHash("dmarc-report", `count ${day} ${domain}`)
  const placeOf = ({ day, hash }: DueReport, batch: Buffer): string =>
    `count ${day} ${hash.toString("hex")} ${batch.toString("hex")}`
  return {
    async add({ id, counts }) {
      const rows = counts.map(one => {
        const { day } = one
        const hash = hashOf(day, one.policy.domain)
        const plain = Buffer.from(JSON.stringify(one), "utf8")
        const data = vaults.sealToServer("dmarc-report", placeOf({ day, hash }, id), plain)
        return { day, domain_hash: hash, batch: id, data }
      })
      await store.transaction(async tx => {
        for (let at = 0; at < rows.length; at += insertedAtOnce)
          await tx`insert into dmarc_count ${tx(rows.slice(at, at + insertedAtOnce))} on conflict do nothing`
      })
    },
    async due(now, after) {
      const yesterday = Math.floor(now / dayMs) - 1
      const [day, hash] = [after?.day ?? 0, after?.hash ?? Buffer.alloc(0)]
      return await sql<{ day: number; hash: Buffer }[]>`
        select distinct day, domain_hash as hash from dmarc_count
         where (day, domain_hash) > (${day}::int, ${hash}::bytea)
           and (day < ${yesterday}::int
                or (day = ${yesterday}::int and domain_hash < ${dueUpTo(now)}::bytea))
         order by day, domain_hash limit ${atOnce}`
    },
    async open(due) {
      const rows = await sql<{ batch: Buffer; data: Uint8Array }[]>`
        select batch, data from dmarc_count where day = ${due.day} and domain_hash = ${due.hash}
         order by batch limit ${batchLimit}`
      const sum = createCounts({ records: recordLimit, recordsOfDomain: recordLimit, domains: 1 })
      for (const { batch, data } of rows) {
        const plain = vaults.openFromServer("dmarc-report", placeOf(due, batch), data)
        sum.addAll(JSON.parse(plain.toString("utf8")) as DayCounts) // sealed by `add`, and opened whole
      }
      const [counts] = sum.take()
      return counts === undefined ? undefined : { ...due, counts, batches: rows.map(({ batch }) => batch) }
    },
    async take(tx, { day, hash, batches }) {
      let taken = 0
      for (let at = 0; at < batches.length; at += insertedAtOnce)
        taken += (
          await tx`
            delete from dmarc_count where day = ${day} and domain_hash = ${hash}
               and batch in ${tx(batches.slice(at, at + insertedAtOnce))}`
        ).count
      return taken === batches.length
    },
    async drop({ day, hash }) {
      await sql`delete from dmarc_count where day = ${day} and domain_hash = ${hash}`
    },
    async dropOld(now) {
      await sql`delete from dmarc_count where day < ${Math.floor(now / dayMs) - keptDays}`
    },
  }
}

/** The hashes of yesterday below this are due: a keyed hash is a lot that each domain draws anew each day. */
function dueUpTo(now: number): Buffer {
  const share = ((now % dayMs) - settleMs) / spreadMs
  if (share >= 1) return Buffer.alloc(33, 0xff)
  const bound = Buffer.alloc(4)
  bound.writeUInt32BE(Math.floor(Math.max(0, share) * 2 ** 32))
  return bound
}
