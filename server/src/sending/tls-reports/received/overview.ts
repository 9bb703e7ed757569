import type { FailureFigures, PolicyFigures } from "./figures.ts"
import type { KeptTlsReport } from "./rows.ts"

/** What all reports about TLS to one domain come to together. */
export interface TlsOverview {
  /** Whose word it is, those with the most connections first. */
  readonly reporters: readonly {
    readonly domain: string
    readonly reports: number
    readonly successful: number
    readonly failed: number
  }[]
  /** Milliseconds since 1970; what the reports cover. */
  readonly from: number
  readonly to: number
  /** Each kind that was found once. */
  readonly policies: readonly PolicyFigures[]
  /** The most frequent first, at most `shownFailures`. */
  readonly failures: readonly (FailureFigures & { readonly reporters: readonly string[] })[]
}

const shownFailures = 50
/** Kinds of failures, and reporters, that are summed up; further ones are left out. */
const heldLimit = 10_000

/** Undefined: there is no report. */
export async function overviewOfTls(reports: AsyncIterable<KeptTlsReport>): Promise<TlsOverview | undefined> {
  const reporters = new Map<string, { reports: number; successful: number; failed: number }>()
  const policies = new Map<PolicyFigures["kind"], { successful: number; failed: number }>()
  const failures = new Map<string, { figures: FailureFigures; reporters: Set<string> }>()
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for await (const report of reports) {
    from = Math.min(from, report.from)
    to = Math.max(to, report.to)
    const told = taken(reporters, report.reporter, () => ({ reports: 0, successful: 0, failed: 0 }))
    if (told !== undefined) told.reports += 1
    for (const { kind, successful, failed } of report.policies)
      for (const sums of [told, taken(policies, kind, () => ({ successful: 0, failed: 0 }))]) {
        if (sums === undefined) continue
        sums.successful += successful
        sums.failed += failed
      }
    for (const figures of report.failures) {
      const key = JSON.stringify([figures.result, figures.host])
      const none = { ...figures, sessions: 0 }
      const known = taken(failures, key, () => ({ figures: none, reporters: new Set<string>() }))
      if (known === undefined) continue
      known.figures = { ...known.figures, sessions: known.figures.sessions + figures.sessions }
      known.reporters.add(report.reporter)
    }
  }
  if (reporters.size === 0) return undefined
  return {
    ...{ from, to },
    reporters: [...reporters]
      .map(([domain, told]) => ({ domain, ...told }))
      .toSorted((a, b) => b.successful + b.failed - (a.successful + a.failed)),
    policies: [...policies].map(([kind, sums]) => ({ kind, ...sums })),
    failures: [...failures.values()]
      .map(({ figures, reporters }) => ({ ...figures, reporters: [...reporters].toSorted() }))
      .toSorted((a, b) => b.sessions - a.sessions)
      .slice(0, shownFailures),
  }
}

/** What is known by this key, made where it is new and there is room. */
function taken<K, V>(known: Map<K, V>, key: K, make: () => V): V | undefined {
  const value = known.get(key)
  if (value !== undefined || known.size >= heldLimit) return value
  const made = make()
  known.set(key, made)
  return made
}
