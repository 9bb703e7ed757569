import type { SourceFigures } from "./figures.ts"
import type { KeptReport } from "./rows.ts"

/** What all reports about a domain come to together. */
export interface Overview {
  /** Whose word it is, with the messages that each tells of. */
  readonly reporters: readonly {
    readonly domain: string
    readonly reports: number
    readonly messages: number
  }[]
  /** Milliseconds since 1970; what the reports cover. */
  readonly from: number
  readonly to: number
  readonly passed: number
  readonly failed: number
  /** Of which the reports say no more. */
  readonly others: number
  /** The largest first, at most `sourceLimit`, those that pass and those that do not apart. */
  readonly passing: readonly Source[]
  readonly failing: readonly Source[]
}

/** One machine and one domain in From. */
export interface Source {
  readonly ip: string
  readonly from: string
  readonly messages: number
  /** Of these. */
  readonly byDkim: number
  readonly bySpf: number
  readonly forwarded: number
  readonly quarantined: number
  readonly refused: number
  readonly reporters: readonly string[]
}

const sourceLimit = 50
/** Sources that are summed up; of further ones the messages are counted. */
const heldLimit = 20_000

type Building = {
  -readonly [K in keyof Source]: Source[K] extends readonly string[] ? Set<string> : Source[K]
}

/** Undefined: there is no report. */
export async function overviewOf(reports: AsyncIterable<KeptReport>): Promise<Overview | undefined> {
  const reporters = new Map<string, { reports: number; messages: number }>()
  const sources = { passing: new Map<string, Building>(), failing: new Map<string, Building>() }
  const sums = { passed: 0, failed: 0, others: 0, from: Number.POSITIVE_INFINITY, to: 0 }
  for await (const report of reports) {
    const known = reporters.get(report.reporter) ?? { reports: 0, messages: 0 }
    reporters.set(report.reporter, known)
    known.reports += 1
    known.messages += report.others
    sums.others += report.others
    sums.from = Math.min(sums.from, report.from)
    sums.to = Math.max(sums.to, report.to)
    for (const figures of report.sources) {
      known.messages += figures.count
      const passes = figures.dkim || figures.spf
      if (passes) sums.passed += figures.count
      else sums.failed += figures.count
      add(passes ? sources.passing : sources.failing, figures, report.reporter)
    }
  }
  if (reporters.size === 0) return undefined
  return {
    ...sums,
    reporters: [...reporters]
      .map(([domain, told]) => ({ domain, ...told }))
      .toSorted((a, b) => b.messages - a.messages),
    passing: largest(sources.passing),
    failing: largest(sources.failing),
  }
}

function add(sources: Map<string, Building>, figures: SourceFigures, reporter: string): void {
  const { ip, from, count } = figures
  const key = `${ip} ${from}`
  const known = sources.get(key)
  if (known === undefined && sources.size >= heldLimit) return
  const source = known ?? {
    ...{ ip, from, messages: 0, byDkim: 0, bySpf: 0, forwarded: 0, quarantined: 0, refused: 0 },
    reporters: new Set<string>(),
  }
  sources.set(key, source)
  source.messages += count
  if (figures.dkim) source.byDkim += count
  if (figures.spf) source.bySpf += count
  if (figures.forwarded) source.forwarded += count
  if (figures.disposition === "quarantine") source.quarantined += count
  if (figures.disposition === "reject") source.refused += count
  source.reporters.add(reporter)
}

function largest(sources: ReadonlyMap<string, Building>): readonly Source[] {
  return [...sources.values()]
    .toSorted((a, b) => b.messages - a.messages)
    .slice(0, sourceLimit)
    .map(source => ({ ...source, reporters: [...source.reporters].toSorted() }))
}
