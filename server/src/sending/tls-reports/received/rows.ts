import type { Clock } from "../../../ports/clock.ts"
import { type Personal, personal } from "../../../privacy/index.ts"
import type { Store } from "../../../store/index.ts"
import type { Vaults } from "../../../vaults/index.ts"
import type { Figures } from "./figures.ts"

/**
 * What the reports that came say, in the database: a row for each, sealed to the server, since it is to be shown without
 * a sign-in. In the clear are the domain of ours and when the report came.
 */
export interface TlsReportRows {
  /** "known": it came before; "too-many": the domain had its share of this day; "not-ours": no domain of this server. */
  add(kept: KeptTlsReport): Promise<"added" | "known" | "too-many" | "not-ours">
  /** The newest first, at most `shownLimit`, as they come from the database; rows of somebody else's making throw. */
  read(domain: string, since: number): AsyncIterable<ReportedTls>
  isOurs(domain: string): Promise<boolean>
  /** Resolves to the number of rows. */
  dropOld(): Promise<number>
}

/** `reporter`: the domain that sent the report, by its signature. */
export interface KeptTlsReport extends Figures {
  readonly reporter: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export type ReportedTls = Personal<"user.communications.reported", KeptTlsReport>

export interface TlsReportRowParts {
  readonly store: Pick<Store, "sql">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
  readonly clock: Clock
}

export const tlsReportDays = 60
/** Reports about one domain in 24 hours: more than there are who report. */
export const dailyLimit = 1_000
/** Reports that are read to be shown. */
const shownLimit = 10_000
const batch = 200
const day = 24 * 60 * 60 * 1000
const endOfTime = new Date(Date.UTC(9999, 0, 1))

export function openTlsReportRows({ store: { sql }, vaults, clock }: TlsReportRowParts): TlsReportRows {
  const placeOf = (domain: string, hash: Uint8Array): string =>
    `received ${domain} ${Buffer.from(hash).toString("hex")}`
  const isOurs = async (domain: string): Promise<boolean> =>
    (await sql`select 1 from domain where domain = ${domain}`).length > 0
  return {
    isOurs,
    async add(kept) {
      const { domain, reporter, id, from, to, receivedAt } = kept
      if (!(await isOurs(domain))) return "not-ours"
      const hash = vaults.serverHash(
        "tls-report",
        JSON.stringify(["received", reporter, domain, id, from, to]),
      )
      const plain = Buffer.from(JSON.stringify(kept), "utf8")
      const data = vaults.sealToServer("tls-report", placeOf(domain, hash), plain)
      const [row] = await sql<{ known: boolean; added: boolean }[]>`
        with known as (select 1 from tls_report where domain = ${domain} and report_hash = ${hash}),
        added as (
          insert into tls_report (domain, report_hash, received_at, data)
          select ${domain}, ${hash}, ${new Date(receivedAt)}, ${data}
           where (select count(*) from tls_report
                   where domain = ${domain} and received_at > ${new Date(receivedAt - day)}) < ${dailyLimit}
          on conflict do nothing returning 1)
        select exists (select from known) as known, exists (select from added) as added`
      if (row?.added === true) return "added"
      return row?.known === true ? "known" : "too-many"
    },
    async *read(domain, since) {
      let before = endOfTime
      let last: Uint8Array = Buffer.alloc(0)
      for (let read = 0; read < shownLimit; read += batch) {
        const rows = await sql<{ report_hash: Uint8Array; received_at: Date; data: Uint8Array }[]>`
          select report_hash, received_at, data from tls_report
           where domain = ${domain} and received_at >= ${new Date(since)}
             and (received_at < ${before} or (received_at = ${before} and report_hash < ${last}))
           order by received_at desc, report_hash desc limit ${batch}`
        for (const { report_hash: hash, data } of rows) {
          const plain = vaults.openFromServer("tls-report", placeOf(domain, hash), data)
          const kept = JSON.parse(plain.toString("utf8")) as KeptTlsReport // sealed by `add`, and opened whole
          yield personal("user.communications.reported", kept)
        }
        const end = rows.at(-1)
        if (end === undefined || rows.length < batch) return
        before = end.received_at
        last = end.report_hash
      }
    },
    async dropOld() {
      const before = new Date(clock.now() - tlsReportDays * day)
      return (await sql`delete from tls_report where received_at < ${before}`).count
    },
  }
}
