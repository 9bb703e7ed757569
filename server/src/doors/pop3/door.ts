import type { SecureContext } from "node:tls"
import { failed } from "@letterkeep/pop3"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { FieldsOf } from "../../ports/log-events.ts"
import type { Metrics } from "../../ports/metrics.ts"
import { createEntrance, systemTimers, type Timers, type Way } from "../entrance/index.ts"
import { type BadMark, weights } from "./abuse.ts"
import { Connection } from "./connection.ts"
import { declareFigures } from "./figures.ts"
import type { House } from "./house.ts"
import { defaultPop3DoorLimits, type Pop3DoorLimits } from "./limits.ts"

export interface Pop3DoorOptions extends Pick<House, "people" | "openMail" | "leaseMaildrop" | "privacy"> {
  /**
   * `host:port` or `[ipv6]:port`, port 0 takes any; undefined does not listen. At `pop3s` TLS begins with the
   * connection (RFC 8314 §3.1).
   */
  readonly listen: { readonly pop3: string | undefined; readonly pop3s: string | undefined }
  /** Asked for each handshake, so that certificates can be renewed; undefined offers no TLS. */
  readonly tls: { readonly current: () => SecureContext | undefined }
  /** Passwords in plain text from this machine: for tests, and for a proxy that speaks TLS itself. */
  readonly plaintextOnLoopback: boolean
  readonly limits?: Partial<Pop3DoorLimits>
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  /** Networks whose connections begin with a PROXY header of version 2; nobody else's may. */
  readonly proxyFrom?: readonly string[]
  /** Networks that are not counted per source and not slowed. Default: this machine. */
  readonly trustedFrom?: readonly string[]
  readonly timers?: Timers
}

export interface Pop3Door {
  /** `host:port` as they listen. */
  readonly addresses: { readonly pop3: string | undefined; readonly pop3s: string | undefined }
  /** Takes no more connections, ends those that wait for a command; the rest is cut after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Rejects where it cannot listen. */
export async function openPop3Door(options: Pop3DoorOptions): Promise<Pop3Door> {
  const { log, clock, metrics } = options
  const limits: Pop3DoorLimits = { ...defaultPop3DoorLimits, ...options.limits }
  const timers = options.timers ?? systemTimers
  const entrance = createEntrance<BadMark>({
    privacy: options.privacy,
    limits,
    weights,
    log,
    clock,
    timers,
    proxyFrom: options.proxyFrom ?? [],
    trustedFrom: options.trustedFrom ?? ["127.0.0.0/8", "::1"],
  })
  const conversations = new Set<Promise<void>>()
  const house: House = {
    people: options.people,
    openMail: options.openMail,
    leaseMaildrop: options.leaseMaildrop,
    privacy: options.privacy,
    limits,
    plaintextOnLoopback: options.plaintextOnLoopback,
    log,
    figures: declareFigures(metrics, entrance.guests),
    timers,
    own(work) {
      conversations.add(work)
      void work.finally(() => conversations.delete(work))
    },
    secureContext: () => options.tls.current(),
    time: entrance.time,
    isDraining: entrance.isDraining,
    isCrowded: entrance.isCrowded,
  }

  const way = (name: "pop3" | "pop3s", listen: string): Way<BadMark> => ({
    name,
    listen,
    admit(socket, peer) {
      house.figures.accepted.add()
      log.event("pop3.connected", { connection: peer.connection, tls: name === "pop3s" })
      return new Connection(house, socket, peer, { tlsFirst: name === "pop3s" })
    },
    turnAway(socket, source, why) {
      house.figures.refused.add()
      log.event("pop3.refused-connection", { source, why })
      // Inside TLS nothing can be said before the handshake, which is spared here.
      socket.end(name === "pop3s" ? "" : failed(farewells[why], "SYS/TEMP"), () => socket.destroy())
    },
  })

  const { listen } = options
  const open = async (name: "pop3" | "pop3s"): Promise<string | undefined> =>
    listen[name] === undefined ? undefined : await entrance.open(way(name, listen[name]))
  let addresses: Pop3Door["addresses"]
  try {
    addresses = { pop3: await open("pop3"), pop3s: await open("pop3s") }
  } catch (error) {
    await entrance.close({ graceMs: 0 })
    throw error
  }
  return {
    addresses,
    async close(how) {
      await entrance.close(how)
      // Each gives back its session and its maildrop.
      await Promise.all(conversations)
    },
  }
}

const farewells: { readonly [why in FieldsOf<"pop3.refused-connection">["why"]]: string } = {
  "too-many": "Too many connections, come back later",
  "too-many-from-source": "Too many connections from where you are",
  "too-fast": "New connections come too fast from where you are",
  draining: "The server is stopping, come back in a moment",
}
