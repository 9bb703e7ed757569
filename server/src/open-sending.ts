/** Wires the way out: from what a person hands in to the servers of those whom it is for. */
import { domainToASCII } from "node:url"
import type { SeenSession } from "@letterkeep/tls-rpt"
import type { Ground } from "./build-house.ts"
import { createSubmit, type Filtering, type Submit } from "./flow/index.ts"
import type { Keep, Quotas } from "./messages/index.ts"
import type { People } from "./people/index.ts"
import type { Metrics } from "./ports/metrics.ts"
import type { OwnResolver } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { discloseToDnsForSending, type Privacy } from "./privacy/index.ts"
import {
  type Courier,
  createAllowance,
  createSettler,
  createTakeBack,
  openHandOver,
  openQueueDesk,
  type Queue,
  type QueueDesk,
  type Signing,
  startCourier,
  type TakeBack,
} from "./sending/index.ts"
import type { Store } from "./store/index.ts"
import type { Vaults } from "./vaults/index.ts"

interface Parts {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Privacy
  readonly people: People
  readonly quotas: Quotas
  readonly keep: Keep
  readonly queue: Queue
  readonly signing: Signing
  readonly resolver: OwnResolver
  readonly metrics: Metrics
  readonly filtering: Filtering
}

export interface Sending {
  readonly submit: Submit
  /** What those who run the server do to what waits. */
  readonly desk: QueueDesk
  /** What its sender does to it. */
  readonly takeBack: TakeBack
  /** Sets this node to handing over what waits. */
  startCourier(): Promise<Courier>
}

export function openSending(ground: Ground, parts: Parts): Sending {
  const { configuration } = ground
  const { submission, sending } = configuration
  const allowance = createAllowance({ ...ground, ...parts, perDay: submission.recipientsPerDay })
  const submit = createSubmit({
    ...ground,
    ...parts,
    allowance,
    room: () => parts.store.room(),
    undoMs: submission.undo,
    retryMs: sending.retryFor,
  })
  return {
    submit,
    desk: openQueueDesk({ ...ground, ...parts }),
    takeBack: createTakeBack({ ...ground, ...parts }),
    startCourier: () => beginCourier(ground, parts),
  }
}

async function beginCourier(ground: Ground, parts: Parts): Promise<Courier> {
  const { hostname, log, closing, configuration } = ground
  const { queue, privacy, signing, metrics } = parts
  const handOver = await openHandOver({
    ...ground,
    ...parts,
    resolver: discloseToDnsForSending(privacy, parts.resolver.over),
    seen: countTls(metrics),
    timer: systemTimer,
    isOurs: host => host === hostname.toLowerCase(),
    settings: configuration.sending,
    sign: async ({ signedBy }, text) =>
      signedBy === undefined ? "" : await signing.sign(domainToASCII(signedBy), text),
  })
  const settler = createSettler({ ...ground, ...parts })
  const courier = await startCourier({ queue, handOver, settler, timer: systemTimer, log })
  closing.add(async () => {
    await courier.close()
    await handOver.finish()
  })
  return courier
}

/** How connections to others went. */
function countTls(metrics: Metrics): (session: SeenSession) => void {
  const counter = metrics.counter(
    "letterkeep_sending_tls_total",
    "Connections to mail servers of others, by how TLS went",
    {
      policy: ["no-policy-found", "sts", "tlsa"],
      outcome: ["successful", "failed"],
    },
  )
  return ({ policy, outcome }) => counter.with({ policy: policy.kind, outcome: outcome.kind }).add()
}
