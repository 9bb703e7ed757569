/** Sets the worker to what has to be done from time to time, on a node that has that role. */
import type { Ground, House } from "./build-house.ts"
import { dropOldChanges, dropOverdueSegments } from "./messages/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { dropOldHistory, dropUnusedKeys } from "./sending/index.ts"
import { turnSigningKeys } from "./set-up-domains.ts"
import { startWorker } from "./worker.ts"

const minute = 60 * 1000
const hour = 60 * minute

export function startWork({ closing, clock, log }: Ground, house: House): void {
  const { vaults, store, certificates } = house
  const worker = startWorker(
    [
      { name: "turn epochs", every: 6 * hour, run: () => vaults.rotateEpochIfDue() },
      { name: "drop old changes", every: 24 * hour, run: () => dropOldChanges(store, clock) },
      {
        name: "drop old history of what was sent",
        every: 24 * hour,
        run: () => dropOldHistory(store, clock),
      },
      {
        name: "drop unused keys of the queue",
        every: 24 * hour,
        run: () => dropUnusedKeys({ store, vaults }),
      },
      { name: "drop what filters remembered", every: hour, run: () => house.filters.memory.dropOld() },
      { name: "start filters that have rested", every: hour, run: () => house.filters.own.startRested() },
      ...house.dmarcReports.tasks,
      { name: "drop old reports about TLS", every: 24 * hour, run: () => house.tlsReportRows.dropOld() },
      ...house.sending.tasks,
      { name: "turn signing keys", every: hour, run: () => turnSigningKeys(house) },
      {
        name: "drop overdue segments",
        every: 24 * hour,
        run: () => dropOverdueSegments({ store, vaults, clock }),
      },
      ...(certificates === undefined
        ? []
        : [
            { name: "renew certificates", every: minute, run: certificates.runIfDue },
            { name: "drop old certificates", every: 24 * hour, run: certificates.dropOld },
          ]),
    ],
    systemTimer,
    log,
  )
  closing.add(() => worker.stop())
  closing.add(() => house.dmarcReports.stop())
}
