import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { encodeReply, makeProfile } from "@letterkeep/smtp"
import type { Receive } from "../../flow/index.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Network } from "../../ports/log-fields.ts"
import type { Metrics } from "../../ports/metrics.ts"
import type { Privacy } from "../../privacy/index.ts"
import {
  createByteBudget,
  createEntrance,
  systemTimers,
  type Timers,
  type WhyTurnedAway,
} from "../entrance/index.ts"
import { weights } from "./abuse.ts"
import { Connection } from "./connection.ts"
import { declareFigures } from "./figures.ts"
import type { House } from "./house.ts"
import { defaultSmtpDoorLimits, type SmtpDoorLimits } from "./limits.ts"
import { goodbye } from "./replies.ts"

export interface SmtpDoorOptions {
  /** `host:port` or `[ipv6]:port`; port 0 takes any. */
  readonly listen: string
  readonly receive: Receive
  readonly privacy: Pick<Privacy, "gate">
  /** Asked for each handshake, so that certificates can be renewed; undefined offers no STARTTLS. */
  readonly tls?: { readonly current: () => SecureContext | undefined }
  readonly limits?: Partial<SmtpDoorLimits>
  /** The name said in the banner. */
  readonly hostname: string
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  /** Networks whose connections begin with a PROXY header of version 2; nobody else's may. */
  readonly proxyFrom?: readonly string[]
  /** Networks that are not counted per source and not slowed. Default: this machine. */
  readonly trustedFrom?: readonly string[]
  readonly timers?: Timers
}

export interface SmtpDoor {
  /** `host:port` as it listens. */
  readonly address: string
  /** Takes no more connections, says 421 to who is idle, lets messages under way end; the rest is cut after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Opens the door for mail from other servers. Rejects where it cannot listen. */
export async function openSmtpDoor(options: SmtpDoorOptions): Promise<SmtpDoor> {
  const { receive, privacy, hostname, log, clock, metrics } = options
  const limits: SmtpDoorLimits = { ...defaultSmtpDoorLimits, ...options.limits }
  const timers = options.timers ?? systemTimers
  const secureContext = (): SecureContext | undefined => options.tls?.current()
  const entrance = createEntrance({
    privacy,
    limits,
    weights,
    log,
    clock,
    timers,
    proxyFrom: options.proxyFrom ?? [],
    trustedFrom: options.trustedFrom ?? ["127.0.0.0/8", "::1"],
  })
  const budget = createByteBudget(limits.bytesInFlight)
  const house: House = {
    receive,
    profile: makeProfile({
      hostname,
      limits: limits.protocol,
      offersTls: () => secureContext() !== undefined,
    }),
    limits,
    log,
    figures: declareFigures(metrics, entrance.guests, () => budget.taken),
    budget,
    timers,
    secureContext,
    time: entrance.time,
    isDraining: entrance.isDraining,
    isCrowded: entrance.isCrowded,
  }

  const turnAway = (socket: Socket, source: Network, why: WhyTurnedAway): void => {
    house.figures.refused.add()
    log.event("smtp.refused-connection", { source, why })
    socket.end(encodeReply(goodbye[why]), () => socket.destroy())
  }

  try {
    const address = await entrance.open({
      name: "smtp",
      listen: options.listen,
      turnAway,
      admit(socket, peer) {
        house.figures.accepted.add()
        log.event("smtp.connected", { connection: peer.connection })
        return new Connection(house, socket, peer)
      },
    })
    return { address, close: entrance.close }
  } catch (error) {
    await entrance.close({ graceMs: 0 })
    throw error
  }
}
