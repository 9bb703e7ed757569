/**
 * The ledger: what was done with personal data and whom it was told. Events are written in the action's own
 * transaction, numbered and signed within seconds, public as commitments, readable to whom they are about.
 *
 * Promises: an action and its event commit together or not at all. Numbers have no gap and no event has two. What was
 * signed is never signed otherwise: who changes the database is seen by `verify`, and by everybody who kept a
 * checkpoint. What is sealed to a person opens in their session alone. See docs/ledger.md.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { failure, own } from "../../ports/log-fields.ts"
import type { Metrics } from "../../ports/metrics.ts"
import { systemTimer, type Timer } from "../../ports/timer.ts"
import type { Store } from "../../store/index.ts"
import type { VaultSession, Vaults } from "../../vaults/index.ts"
import type { Ledger } from "./contract.ts"
import { createThin } from "./old-checkpoints.ts"
import { type OwnLedger, readOwn } from "./own-events.ts"
import { createPublicLedger, type PublicLedger } from "./public-ledger.ts"
import { createRecorder, WAITING_CHANNEL } from "./record.ts"
import { sequence } from "./sequence.ts"
import { createSequencer } from "./sequencer.ts"
import { createLedgerSigner, type LedgerSigner, originOf, type TreeHead } from "./signer.ts"
import { LedgerBrokenError, signedHead } from "./tree-rows.ts"
import { type Verdict, verifyRows } from "./verify-rows.ts"
import { createWatch } from "./watch.ts"

export { recordingKeys } from "./account-keys.ts"
export type { Ledger, LedgerEvent } from "./contract.ts"
export type { OwnLedger, OwnPage } from "./own-events.ts"
export { type ProofFile, type ProvenEvent, proofFormat } from "./proof-file.ts"
export type { PublicLedger } from "./public-ledger.ts"
export { createRecorder, type Recorder } from "./record.ts"
export { LedgerBrokenError } from "./tree-rows.ts"
export type { Verdict } from "./verify-rows.ts"

export interface LedgerOptions {
  readonly store: Store
  readonly vaults: Pick<
    Vaults,
    "sealToVault" | "macOf" | "isMacOf" | "accountMark" | "ledgerKey" | "keyFileId"
  >
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** See record.ts. */
  readonly policyLabel?: () => string
  readonly timer?: Timer
  readonly metrics?: Metrics
}

export interface HouseLedger extends Ledger {
  /** For everybody to read. */
  readonly open: PublicLedger
  /** What it says about the one who is signed in; undefined before its first event. */
  own(session: VaultSession): Promise<OwnLedger | undefined>
  /** Milliseconds for which an event has waited for its number, as far as this node knows; 0 when none does. */
  waitingFor(): number
  /** Events that this node wrote and that were taken away before they had their number. */
  lost(): number
  /** Recomputes all of it from the rows: see verify-rows.ts. */
  verify(): Promise<Verdict>
}

/** Begins to number at once what a crash may have left. Close it before the store. */
export async function createLedger(options: LedgerOptions): Promise<HouseLedger> {
  const { store, vaults, clock, log } = options
  const timer = options.timer ?? systemTimer
  const signer = createLedgerSigner(vaults, await originOf(store, vaults))
  const watch = createWatch({ sql: store.sql, clock, timer, log })
  const recorder = createRecorder({ ...options, onWritten: watch.remember })
  let newest = await headAtStart(store, signer, log)
  const lags = options.metrics
    ?.histogram(
      "letterkeep_ledger_checkpoint_lag_seconds",
      "How long the oldest event of each checkpoint had waited for it",
      [0.1, 0.25, 0.5, 1, 2, 5, 10, 60],
    )
    .with({})
  const thin = createThin(store.sql)
  const sequencer = createSequencer({
    async run(lock) {
      const done = await sequence({ store, vaults, signer, clock, log }, lock, newest)
      if (done.kind !== "numbered") return done
      lags?.observe(done.lag / 1000)
      // Of two runs of one process the older may end last.
      if (done.head.size > (newest?.size ?? 0)) newest = done.head
      // What was numbered is numbered, whatever becomes of old checkpoints.
      await thin(clock.now()).catch((error: unknown) =>
        log.event("task.failed", { task: own("ledger: thin checkpoints"), error: failure(error) }),
      )
      return done
    },
    clock,
    timer,
    log,
  })
  options.metrics?.readGauge(
    "letterkeep_ledger_lag_seconds",
    "How long the oldest event that this node knows of has waited for its number",
    () => sequencer.waitingFor() / 1000,
  )
  options.metrics?.readGauge(
    "letterkeep_ledger_size",
    "Events in the ledger, as far as this node has seen it",
    () => newest?.size ?? 0,
  )
  options.metrics?.readGauge(
    "letterkeep_ledger_lost",
    "Events that this node wrote and that were taken out of the database before they had their number",
    watch.lost,
  )
  const stopListening = await store.listen(WAITING_CHANNEL, sequencer.wake, sequencer.wake)
  sequencer.wake()
  return {
    ...recorder,
    open: createPublicLedger(store, signer),
    own: session => readOwn({ store, vaults, signer }, session),
    waitingFor: sequencer.waitingFor,
    lost: watch.lost,
    verify: () => verifyRows({ store, vaults, signer, clock }, newest, watch.lost()),
    flush: () => sequencer.flush(),
    async close() {
      await stopListening()
      await watch.close()
      await sequencer.close()
    },
  }
}

/** A ledger that was tampered with keeps nobody from their mail: it is said, and nothing is signed on top of it. */
async function headAtStart(
  { sql }: Pick<Store, "sql">,
  signer: LedgerSigner,
  log: Log,
): Promise<TreeHead | undefined> {
  try {
    return await signedHead(sql, signer)
  } catch (error) {
    if (!(error instanceof LedgerBrokenError)) throw error
    log.event("ledger.numbering-failed", { error: failure(error) })
    return undefined
  }
}
