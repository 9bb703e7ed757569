/** Wires the way out: from what a person hands in to the servers of those whom it is for. */
import { domainToASCII } from "node:url"
import type { SendingResolver } from "@letterkeep/dns"
import type { SeenSession } from "@letterkeep/tls-rpt"
import type { Ground } from "./build-house.ts"
import { createDeliverDue, createSubmit, type Filtering, type Submit } from "./flow/index.ts"
import type { Keep, Quotas } from "./messages/index.ts"
import type { People } from "./people/index.ts"
import type { Metrics } from "./ports/metrics.ts"
import type { OwnResolver } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { discloseToDnsForSending, type Privacy } from "./privacy/index.ts"
import {
  type Courier,
  createAllowance,
  createPutHere,
  createSettler,
  createTakeBack,
  type Damaged,
  giveUpHeld,
  openHandOver,
  openQueueDesk,
  openTlsReports,
  type Queue,
  type QueueDesk,
  type ReturnTags,
  relayOf,
  routesOf,
  type Settler,
  type Signing,
  setAside,
  startCourier,
  type TakeBack,
  type TlsReports,
} from "./sending/index.ts"
import type { Store } from "./store/index.ts"
import type { Vaults } from "./vaults/index.ts"
import type { Task } from "./worker.ts"

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
  readonly returnTags: ReturnTags
}

export interface Sending {
  readonly submit: Submit
  /** What those who run the server do to what waits. */
  readonly desk: QueueDesk
  /** What its sender does to it. */
  readonly takeBack: TakeBack
  /** Sets this node to handing over what waits. */
  startCourier(): Promise<Courier>
  /** What the nodes that hand over do besides. */
  readonly tasks: readonly Task[]
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
  const resolver = discloseToDnsForSending(parts.privacy, parts.resolver.over)
  const tlsReports = openTlsReports({ ...ground, ...parts, resolver, isWanted: sending.tlsReports })
  const routes = routesOf(sending)
  const letters = { ...ground, ...parts, relayOf: (domain: string) => relayOf(domain, routes) }
  const settler = createSettler(letters)
  const { store, queue } = parts
  return {
    submit,
    desk: openQueueDesk({ ...ground, ...parts }),
    takeBack: createTakeBack({ ...ground, ...parts }),
    startCourier: () =>
      beginCourier(ground, {
        ...parts,
        sendingResolver: resolver,
        tlsReports,
        settler,
        setAside: damaged => setAside(letters, damaged),
      }),
    tasks: [
      { name: "give up what was held", every: 60 * minute, run: () => giveUpHeld({ store, queue, settler }) },
      { name: "keep counts for reports about TLS", every: minute, run: tlsReports.flush },
      { name: "send reports about TLS", every: 10 * minute, run: tlsReports.sendDue },
    ],
  }
}

const minute = 60 * 1000

interface CourierParts extends Parts {
  readonly sendingResolver: SendingResolver
  readonly tlsReports: TlsReports
  readonly settler: Settler
  readonly setAside: (damaged: Damaged) => Promise<void>
}

async function beginCourier(ground: Ground, parts: CourierParts): Promise<Courier> {
  const { hostname, log, closing, configuration } = ground
  const { queue, signing, metrics, tlsReports, settler, returnTags, ...rest } = parts
  const count = countTls(metrics)
  const handOver = await openHandOver({
    ...ground,
    ...rest,
    ...(configuration.submission.taggedReturnPaths ? { returnTags } : {}),
    resolver: parts.sendingResolver,
    seen(session, isForReport) {
      count(session)
      if (isForReport) tlsReports.seen(session)
    },
    timer: systemTimer,
    isOurs: host => host === hostname.toLowerCase(),
    settings: configuration.sending,
    async sign({ signedBy, kind }, text) {
      const signed = signedBy === undefined ? "" : await signing.sign(domainToASCII(signedBy), text)
      // RFC 8460 §3: who gets it ignores one that is not signed.
      if (kind === "tls-report" && signed === "") throw new Error("a report about TLS that nothing signs")
      return signed
    },
  })
  const putHere = createPutHere({ ...ground, ...parts, giveHere: createDeliverDue({ ...ground, ...parts }) })
  const courier = await startCourier({
    ...{ queue, handOver, putHere, settler, log },
    setAside: parts.setAside,
    timer: systemTimer,
  })
  closing.add(async () => {
    tlsReports.stop()
    await courier.close()
    await handOver.finish()
    await tlsReports.flush()
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
