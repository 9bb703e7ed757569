import type { Clock } from "../ports/clock.ts"
import { type Personal, personal } from "../privacy/index.ts"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Figures } from "./figures.ts"

/**
 * What the reports that came say, in the database: a row for each, sealed to the server, since it is to be shown without
 * a sign-in and says which machines sent what. In the clear are the domain of ours and when the report came.
 */
export interface ReportRows {
  /** "known": it came before; "too-many": the domain had its share of this day. */
  add(domain: string, kept: KeptReport): Promise<"added" | "known" | "too-many">
  /** The newest first, at most `shownLimit`, as they come from the database; rows of somebody else's making throw. */
  read(domain: string, since: number): AsyncIterable<Reported>
  /** Resolves to the number of rows. */
  dropOld(): Promise<number>
  /** The domain of ours that this is, or lies under. */
  nearestOfOurs(domain: string): Promise<string | undefined>
}

/** `reporter`: the domain that sent the report, by what vouches for its mail. */
export interface KeptReport extends Figures {
  readonly reporter: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export type Reported = Personal<"user.communications.reported", KeptReport>

export interface RowParts {
  readonly store: Pick<Store, "sql">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
  readonly clock: Clock
}

export const daysKept = 60
/** Reports about one domain in 24 hours: more than there are who report. */
export const dailyLimit = 1_000
/** Reports that are read to be shown. */
const shownLimit = 10_000
const batch = 200
const day = 24 * 60 * 60 * 1000
const endOfTime = new Date(Date.UTC(9999, 0, 1))
/** Labels of a domain that are looked at. */
const mostParents = 8

export function openReportRows({ store: { sql }, vaults, clock }: RowParts): ReportRows {
  const placeOf = (domain: string, hash: Uint8Array): string =>
    `${domain} ${Buffer.from(hash).toString("hex")}`
  return {
    async add(domain, kept) {
      const hash = vaults.serverHash(
        "dmarc-report",
        JSON.stringify([kept.reporter, kept.domain, kept.id, kept.from, kept.to]),
      )
      const plain = Buffer.from(JSON.stringify(kept), "utf8")
      const data = vaults.sealToServer("dmarc-report", placeOf(domain, hash), plain)
      const at = new Date(kept.receivedAt)
      const [row] = await sql<{ known: boolean; added: boolean }[]>`
        with known as (select 1 from dmarc_report where domain = ${domain} and report_hash = ${hash}),
        added as (
          insert into dmarc_report (domain, report_hash, received_at, data)
          select ${domain}, ${hash}, ${at}, ${data}
           where (select count(*) from dmarc_report
                   where domain = ${domain} and received_at > ${new Date(kept.receivedAt - day)}) < ${dailyLimit}
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
          select report_hash, received_at, data from dmarc_report
           where domain = ${domain} and received_at >= ${new Date(since)}
             and (received_at < ${before} or (received_at = ${before} and report_hash < ${last}))
           order by received_at desc, report_hash desc limit ${batch}`
        for (const { report_hash: hash, data } of rows) {
          const plain = vaults.openFromServer("dmarc-report", placeOf(domain, hash), data)
          const kept = JSON.parse(plain.toString("utf8")) as KeptReport // sealed by `add`, and opened whole
          yield personal("user.communications.reported", kept)
        }
        const end = rows.at(-1)
        if (end === undefined || rows.length < batch) return
        before = end.received_at
        last = end.report_hash
      }
    },
    async dropOld() {
      const before = new Date(clock.now() - daysKept * day)
      return (await sql`delete from dmarc_report where received_at < ${before}`).count
    },
    async nearestOfOurs(domain) {
      const labels = domain.split(".").slice(-mostParents)
      const names = labels.slice(0, -1).map((_, at) => labels.slice(at).join("."))
      if (names.length === 0) return undefined
      const [row] = await sql<{ domain: string }[]>`
        select domain from domain where domain in ${sql(names)} order by length(domain) desc limit 1`
      return row?.domain
    },
  }
}
