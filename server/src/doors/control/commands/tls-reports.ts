import { z } from "zod"
import type { Clock } from "../../../ports/clock.ts"
import type { Privacy } from "../../../privacy/index.ts"
import {
  type KeptTlsReport,
  overviewOfTls,
  type TlsOverview,
  type TlsReportRows,
  tlsReportDays,
} from "../../../sending/index.ts"
import { ControlError, command } from "../command.ts"
import { readDomain } from "../read-domain.ts"

interface TlsReportParts {
  readonly tlsReportRows: Pick<TlsReportRows, "read" | "isOurs">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
}

const dayMs = 24 * 60 * 60 * 1000
const days = z
  .string()
  .regex(/^\d{1,2}$/, "write a number of days, like 30")
  .transform(Number)
  .refine(value => value >= 1 && value <= tlsReportDays, `write a number of days from 1 to ${tlsReportDays}`)

/** How a domain's mail servers are reached, by the word of others. */
export const tlsReportCommands = ({ tlsReportRows: rows, privacy, clock }: TlsReportParts) => [
  command(
    "tls-reports",
    z.object({ domain: z.string().max(1000), days: days.default(30) }),
    async ({ domain: typed, days }) => {
      const domain = await readDomain(privacy, typed)
      if (!(await rows.isOurs(domain)))
        throw new ControlError(
          `${domain} is no domain of this server. See: ./letterkeep domain add ${domain}`,
        )
      const since = clock.now() - days * dayMs
      const overview = await privacy.gate("domain.watch", { kind: "stranger" }, async permit => {
        const opened = async function* (): AsyncGenerator<KeptTlsReport> {
          for await (const report of rows.read(domain, since)) yield report.open(permit)
        }
        return await overviewOfTls(opened())
      })
      if (overview === undefined) return { text: noneYet(domain, days), value: { domain, reports: 0 } }
      const { from, to, ...rest } = overview
      const value = {
        ...{ domain, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        reports: overview.reporters.reduce((sum, { reports }) => sum + reports, 0),
        ...rest,
      }
      return { text: linesOf(domain, overview).join("\n"), value }
    },
  ),
]

function noneYet(domain: string, days: number): string {
  return [
    `in the last ${days} days nobody has reported how connections to the mail servers of ${domain} went`,
    "",
    `others report once a day to whom its TLS-RPT record names, and are read here at postmaster@${domain}: ./letterkeep dns ${domain}`,
  ].join("\n")
}

/** Reporters that are named, in a list of their own and in one line. */
const listedReporters = 20
const namedReporters = 6

function linesOf(domain: string, overview: TlsOverview): readonly string[] {
  const { reporters, from, to, failures } = overview
  const reports = reporters.reduce((sum, each) => sum + each.reports, 0)
  const shown = reporters
    .slice(0, listedReporters)
    .map(
      one =>
        `  ${one.domain} reached it ${times(one.successful)} over TLS as it should be${one.failed === 0 ? "" : `, and ${times(one.failed)} not`}`,
    )
  return [
    `${domain}, ${dayOf(from)} to ${dayOf(to)}: ${some(reports, "report")} of ${some(reporters.length, "reporter")}, each by its own word:`,
    ...shown,
    ...(reporters.length > listedReporters
      ? [`  and ${count(reporters.length - listedReporters)} more`]
      : []),
    ...(failures.length === 0 ? [] : ["", "what went wrong:", ...failures.map(failureLine)]),
    "",
    ...adviceOn(domain, overview),
  ]
}

function failureLine({ result, host, sessions, reporters }: TlsOverview["failures"][number]): string {
  const named = reporters.slice(0, namedReporters).join(", ")
  const more = reporters.length - namedReporters
  return `  ${times(sessions)} ${inWords[result](host ?? "a server that is not named")}; reported by ${named}${more > 0 ? ` and ${more} more` : ""}`
}

/** RFC 8460 §4.3 */
const inWords: {
  readonly [R in TlsOverview["failures"][number]["result"]]: (host: string) => string
} = {
  "starttls-not-supported": host => `${host} offered no TLS`,
  "certificate-host-mismatch": host => `the certificate of ${host} was for another name`,
  "certificate-expired": host => `the certificate of ${host} had expired`,
  "certificate-not-trusted": host => `the certificate of ${host} was of no authority that they trust`,
  "validation-failure": host => `TLS with ${host} failed, for a reason that has no name`,
  "tlsa-invalid": host => `the TLSA records of ${host} made no sense`,
  "dnssec-invalid": host => `the DNS did not prove where ${host} is (DNSSEC)`,
  "dane-required": host => `they ask for DANE, and ${host} had no TLSA records that hold`,
  "sts-policy-fetch-error": () => "the MTA-STS policy could not be fetched",
  "sts-policy-invalid": () => "the MTA-STS policy made no sense",
  "sts-webpki-invalid": () =>
    "the web server with the MTA-STS policy showed no certificate that holds for its name",
  other: host => `something failed with ${host} that RFC 8460 has no word for`,
}

function adviceOn(domain: string, { policies, failures }: TlsOverview): readonly string[] {
  if (policies.every(({ kind }) => kind === "no-policy-found"))
    return [
      `They found no policy: whoever stands in between could have kept them from TLS. MTA-STS or DANE asks for it: ./letterkeep dns ${domain}`,
    ]
  if (failures.length > 0)
    return [
      `Under a policy in force, mail over these connections waits or goes back. See: ./letterkeep dns ${domain}, and ./letterkeep doctor`,
    ]
  return ["nothing went wrong"]
}

const count = (number: number): string => number.toLocaleString("en-US")
const times = (number: number): string => (number === 1 ? "once" : `${count(number)} times`)
const some = (number: number, word: string): string => `${count(number)} ${word}${number === 1 ? "" : "s"}`
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
