/** Wires reports about domains' mail (DMARC): those that come, and those that others ask this server for. */
import type { Ground } from "./build-house.ts"
import {
  type Collector,
  createCollector,
  createReception,
  openCountRows,
  openReportRows,
  type Reception,
  type ReportRows,
  sendDueReports,
} from "./dmarc-reports/index.ts"
import type { People } from "./people/index.ts"
import type { OwnResolver } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { discloseToDnsForSending, mailAddress, type Privacy } from "./privacy/index.ts"
import { findReporter, type Queue, type Signing } from "./sending/index.ts"
import type { Store } from "./store/index.ts"
import type { Vaults } from "./vaults/index.ts"
import { version } from "./version.ts"
import type { Task } from "./worker.ts"

interface Parts {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Privacy
  readonly people: People
  readonly queue: Queue
  readonly signing: Signing
  readonly resolver: OwnResolver
}

export interface DmarcReports {
  readonly rows: ReportRows
  readonly reception: Reception
  /** Undefined where others are told nothing. */
  readonly collector: Collector | undefined
  /** For each node that takes mail in. */
  readonly countingTasks: readonly Task[]
  /** For the worker. */
  readonly tasks: readonly Task[]
  /** Begins no report more. */
  stop(): void
}

const minute = 60 * 1000

export function openDmarcReports(ground: Ground, parts: Parts): DmarcReports {
  const { closing, clock, configuration } = ground
  const { privacy, people } = parts
  const rows = openReportRows({ ...ground, ...parts })
  const reception = createReception({ ...ground, rows, privacy, timer: systemTimer })
  closing.add(() => reception.close())
  const counted = openCountRows(parts)
  const isOurs = async (domain: string): Promise<boolean> => (await rows.nearestOfOurs(domain)) !== undefined
  const { authentication, dmarcReports } = configuration.smtp
  const collector =
    authentication && dmarcReports
      ? createCollector({ ...ground, rows: counted, isOurs, privacy })
      : undefined
  // When the doors are shut.
  closing.add(() => collector?.flush())
  const stopping = new AbortController()
  const sendDue = (): Promise<void> =>
    sendDueReports(
      {
        ...{ ...ground, ...parts, rows: counted },
        findReporter: () => findReporter(parts),
        isElsewhere: async (address, permit) =>
          (await people.findRecipient(mailAddress(address), permit)).kind === "not-ours",
        resolver: discloseToDnsForSending(privacy, parts.resolver.over),
        generator: `Letterkeep ${version}`,
      },
      stopping.signal,
    )
  return {
    ...{ rows, reception, collector },
    stop: () => stopping.abort(),
    countingTasks:
      collector === undefined
        ? []
        : [{ name: "keep counts for reports about domains", every: minute, run: collector.flush }],
    tasks: [
      { name: "drop old reports about domains", every: 24 * 60 * minute, run: () => rows.dropOld() },
      collector === undefined
        ? {
            name: "drop counts for reports about domains",
            every: 24 * 60 * minute,
            run: () => counted.dropOld(clock.now()),
          }
        : { name: "send reports about domains", every: 10 * minute, run: sendDue },
    ],
  }
}
