import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import type { Mail } from "../../messages/index.ts"
import type { People } from "../../people/index.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Network } from "../../ports/log-fields.ts"
import type { Metrics } from "../../ports/metrics.ts"
import type { Privacy } from "../../privacy/index.ts"
import {
  createByteBudget,
  createEntrance,
  createShares,
  createVisitors,
  systemTimers,
  type Timers,
  type Way,
  type WhyTurnedAway,
} from "../entrance/index.ts"
import { type BadMark, weights } from "./abuse.ts"
import { farewell } from "./answers.ts"
import { Connection } from "./connection.ts"
import { declareFigures } from "./figures.ts"
import type { Selecting } from "./handler.ts"
import type { House, OnChange, Session } from "./house.ts"
import { defaultImapDoorLimits, type ImapDoorLimits } from "./limits.ts"

export interface ImapDoorOptions {
  /** `host:port` or `[ipv6]:port`; port 0 takes any; undefined: that way is closed. */
  readonly listen: {
    /** In the clear, with STARTTLS. */
    readonly imap: string | undefined
    /** TLS from the first octet on (RFC 8314 §3.2). */
    readonly imaps: string | undefined
  }
  readonly people: Pick<People, "signIn" | "beginScram">
  /** The mail of a session that has just begun. */
  readonly openMail: (session: Session) => Mail
  readonly onChange: OnChange
  readonly privacy: Pick<Privacy, "gate">
  /** Asked for each handshake, so that certificates can be renewed; undefined offers no TLS. */
  readonly tls?: { readonly current: () => SecureContext | undefined }
  /** Passwords in the clear, for connections from this machine. Default: no. */
  readonly plaintextOnLoopback?: boolean
  readonly limits?: Partial<ImapDoorLimits>
  /** The name said in the greeting. */
  readonly hostname: string
  /** Said in answer to ID. */
  readonly version: string
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  /** Networks whose connections begin with a PROXY header of version 2; nobody else's may. */
  readonly proxyFrom?: readonly string[]
  /** Networks that are not counted per source and not slowed. Default: this machine. */
  readonly trustedFrom?: readonly string[]
  readonly timers?: Timers
  /** What serves an open mailbox. */
  readonly selecting: Selecting
}

export interface ImapDoor {
  /** `host:port` as it listens. */
  readonly addresses: { readonly imap: string | undefined; readonly imaps: string | undefined }
  /** Takes no more connections, says BYE to all, lets commands under way end; the rest is cut after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Opens the door for mail programs. Rejects where it cannot listen. */
export async function openImapDoor(options: ImapDoorOptions): Promise<ImapDoor> {
  const { privacy, log, clock, metrics } = options
  const limits: ImapDoorLimits = { ...defaultImapDoorLimits, ...options.limits }
  const timers = options.timers ?? systemTimers
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
  const visitors = createVisitors(limits.connectionsPerAccount)
  const house: House = {
    people: options.people,
    openMail: options.openMail,
    onChange: options.onChange,
    selecting: options.selecting,
    privacy,
    clock,
    limits,
    plaintextOnLoopback: options.plaintextOnLoopback ?? false,
    hostname: options.hostname,
    version: options.version,
    log,
    figures: declareFigures(metrics, {
      open: entrance.guests,
      signedIn: () => visitors.total,
      bytesInFlight: () => budget.taken,
    }),
    shares: createShares(budget, limits.bytesInFlightPerAccount),
    visitors,
    timers,
    secureContext: () => options.tls?.current(),
    time: entrance.time,
    isDraining: entrance.isDraining,
    isCrowded: entrance.isCrowded,
  }

  const open = async (name: "imap" | "imaps", listen: string | undefined): Promise<string | undefined> =>
    listen === undefined ? undefined : await entrance.open(wayOf(house, name, listen))
  try {
    const imap = await open("imap", options.listen.imap)
    const imaps = await open("imaps", options.listen.imaps)
    return { addresses: { imap, imaps }, close: entrance.close }
  } catch (error) {
    await entrance.close({ graceMs: 0 })
    throw error
  }
}

function wayOf(house: House, name: "imap" | "imaps", listen: string): Way<BadMark> {
  const begins = name === "imaps" ? "tls" : "plain"
  return {
    name,
    listen,
    admit(socket, peer) {
      house.figures.accepted.add()
      house.log.event("imap.connected", { connection: peer.connection, tls: begins === "tls" })
      return new Connection(house, socket, peer, begins)
    },
    turnAway(socket: Socket, source: Network, why: WhyTurnedAway) {
      house.figures.refused.add()
      house.log.event("imap.refused-connection", { source, why })
      // Who waits for a handshake would not understand a word.
      if (begins === "tls") socket.destroy()
      else socket.end(`* BYE ${farewell[why]}\r\n`, () => socket.destroy())
    },
  }
}
