import {
  daysKept,
  type KeptReport,
  type Overview,
  overviewOf,
  type ReportRows,
  type Source,
} from "../../../dmarc-reports/index.ts"
import type { Clock } from "../../../ports/clock.ts"
import type { Privacy } from "../../../privacy/index.ts"
import { count, headline, reportCommand, some } from "./report-command.ts"

interface DmarcParts {
  readonly rows: Pick<ReportRows, "read" | "nearestOfOurs">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
}

/** Who sends in a domain's name, by the word of others. */
export const dmarcCommands = ({ rows, privacy, clock }: DmarcParts) => [
  reportCommand<Overview>({
    ...{ words: "dmarc", privacy, clock, mostDays: daysKept, noneYet, linesOf },
    isOurs: async domain => (await rows.nearestOfOurs(domain)) === domain,
    overview(domain, since, permit) {
      const opened = async function* (): AsyncGenerator<KeptReport> {
        for await (const report of rows.read(domain, since)) yield report.open(permit)
      }
      return overviewOf(opened())
    },
  }),
]

function noneYet(domain: string, days: number): string {
  return [
    `in the last ${days} days nobody has reported who sends mail in the name of ${domain}`,
    "",
    `others report once a day to whom its DMARC record names, and are read here at postmaster@${domain}: ./letterkeep dns ${domain}`,
  ].join("\n")
}

function linesOf(domain: string, overview: Overview): readonly string[] {
  const { reporters, passed, failed, others, passing, failing } = overview
  const shownReporters = reporters
    .slice(0, namedLimit)
    .map(each => `${each.domain} (${count(each.messages)})`)
  return [
    headline(domain, overview),
    `  ${listed(shownReporters, reporters.length)}`,
    "",
    `${messages(passed + failed)} in its name: ${count(passed)} pass DMARC, ${count(failed)} do not`,
    ...(others === 0 ? [] : [`(${messages(others)} more of which no more is kept)`]),
    ...section("what passes:", passing, source => `${sentBy(source)}, vouched for by ${by(source)}`),
    ...section(
      "what does not:",
      failing,
      source =>
        `${sentBy(source)} that neither SPF nor DKIM vouch for${fate(source)}; reported by ${listed(source.reporters.slice(0, namedLimit), source.reporters.length)}`,
    ),
    "",
    ...advice(overview),
  ]
}

/** Reporters that are named in one line. */
const namedLimit = 6

function section(
  title: string,
  sources: readonly Source[],
  say: (source: Source) => string,
): readonly string[] {
  return sources.length === 0 ? [] : ["", title, ...sources.map(source => `  ${say(source)}`)]
}

function sentBy({ ip, from, messages: sent }: Source): string {
  return `${ip} sent ${messages(sent)} as ${from}`
}

function by({ messages: sent, byDkim, bySpf }: Source): string {
  const share = (part: number, name: string) => (part === sent ? name : `${name} (${count(part)})`)
  const both = [
    ...(byDkim === 0 ? [] : [share(byDkim, "DKIM")]),
    ...(bySpf === 0 ? [] : [share(bySpf, "SPF")]),
  ]
  return both.join(" and ")
}

function fate({ forwarded, quarantined, refused }: Source): string {
  const told = [
    ...(refused === 0 ? [] : [`${count(refused)} refused`]),
    ...(quarantined === 0 ? [] : [`${count(quarantined)} put aside`]),
    ...(forwarded === 0 ? [] : [`${count(forwarded)} taken for forwarded`]),
  ]
  return told.length === 0 ? "" : ` (${told.join(", ")})`
}

function advice({ failed, failing }: Overview): readonly string[] {
  if (failed === 0) return ["under p=reject none of these would be refused"]
  const forwarded = failing.reduce((sum, source) => sum + source.forwarded, 0)
  return [
    `under p=reject these ${count(failed)} would be refused${forwarded === 0 ? "" : `, but for most of the ${count(forwarded)} that were taken for forwarded`}.`,
    "Where an address above is one of yours, or of somebody who sends for you, put it into SPF and let it sign first.",
  ]
}

function listed(shown: readonly string[], all: number): string {
  return all > shown.length ? `${shown.join(", ")} and ${all - shown.length} more` : shown.join(", ")
}

const messages = (number: number): string => some(number, "message")
