import type { Clock } from "../../../ports/clock.ts"
import type { Privacy } from "../../../privacy/index.ts"
import {
  type KeptTlsReport,
  overviewOfTls,
  type TlsOverview,
  type TlsReportRows,
  tlsReportDays,
} from "../../../sending/index.ts"
import { count, headline, reportCommand } from "./report-command.ts"

interface TlsReportParts {
  readonly tlsReportRows: Pick<TlsReportRows, "read" | "isOurs">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
}

/** How a domain's mail servers are reached, by the word of others. */
export const tlsReportCommands = ({ tlsReportRows: rows, privacy, clock }: TlsReportParts) => [
  reportCommand<TlsOverview>({
    ...{ words: "tls-reports", privacy, clock, mostDays: tlsReportDays, noneYet, linesOf },
    isOurs: domain => rows.isOurs(domain),
    overview(domain, since, permit) {
      const opened = async function* (): AsyncGenerator<KeptTlsReport> {
        for await (const report of rows.read(domain, since)) yield report.open(permit)
      }
      return overviewOfTls(opened())
    },
  }),
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
  const { reporters, failures } = overview
  const shown = reporters
    .slice(0, listedReporters)
    .map(
      one =>
        `  ${one.domain} reached it ${times(one.successful)} over TLS as it should be${one.failed === 0 ? "" : `, and ${times(one.failed)} not`}`,
    )
  return [
    headline(domain, overview),
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

const times = (number: number): string => (number === 1 ? "once" : `${count(number)} times`)
