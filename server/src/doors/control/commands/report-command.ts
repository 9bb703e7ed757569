/** What others report about a domain of ours, over so many days: the same question for reports of each kind. */
import { z } from "zod"
import type { Clock } from "../../../ports/clock.ts"
import type { Permit, Privacy } from "../../../privacy/index.ts"
import { command } from "../command.ts"
import { notOurs, readDomain } from "../read-domain.ts"

/** What all reports together come to. */
interface Overview {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly reporters: readonly { readonly reports: number }[]
}

interface ReportCommand<O extends Overview> {
  readonly words: string
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  /** How long reports are kept. */
  readonly mostDays: number
  readonly isOurs: (domain: string) => Promise<boolean>
  /** Of the reports of this domain that came after `since`; undefined where there are none. */
  readonly overview: (domain: string, since: number, permit: Permit<"domain.watch">) => Promise<O | undefined>
  readonly noneYet: (domain: string, days: number) => string
  readonly linesOf: (domain: string, overview: O) => readonly string[]
}

const dayMs = 24 * 60 * 60 * 1000

export function reportCommand<O extends Overview>(kind: ReportCommand<O>) {
  const { privacy, clock, mostDays } = kind
  const days = z
    .string()
    .regex(/^\d{1,2}$/, "write a number of days, like 30")
    .transform(Number)
    .refine(value => value >= 1 && value <= mostDays, `write a number of days from 1 to ${mostDays}`)
  return command(
    kind.words,
    z.object({ domain: z.string().max(1000), days: days.default(30) }),
    async ({ domain: typed, days }) => {
      const domain = await readDomain(privacy, typed)
      if (!(await kind.isOurs(domain))) throw notOurs(domain)
      const since = clock.now() - days * dayMs
      const overview = await privacy.gate("domain.watch", { kind: "stranger" }, permit =>
        kind.overview(domain, since, permit),
      )
      if (overview === undefined) return { text: kind.noneYet(domain, days), value: { domain, reports: 0 } }
      const { from, to, ...rest } = overview
      const value = {
        ...{ domain, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        reports: overview.reporters.reduce((sum, { reports }) => sum + reports, 0),
        ...rest,
      }
      return { text: kind.linesOf(domain, overview).join("\n"), value }
    },
  )
}

export function headline(domain: string, { from, to, reporters }: Overview): string {
  const reports = reporters.reduce((sum, each) => sum + each.reports, 0)
  return `${domain}, ${dayOf(from)} to ${dayOf(to)}: ${some(reports, "report")} of ${some(reporters.length, "reporter")}, each by its own word:`
}

export const count = (number: number): string => number.toLocaleString("en-US")
export const some = (number: number, word: string): string =>
  `${count(number)} ${word}${number === 1 ? "" : "s"}`
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
