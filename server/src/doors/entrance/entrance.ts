import { createServer, type Server, type Socket } from "node:net"
import type { Clock } from "../../ports/clock.ts"
import { plainIp } from "../../ports/ip-prefix.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import { type Network, network } from "../../ports/log-fields.ts"
import { type IpAddress, ipAddress, type Privacy } from "../../privacy/index.ts"
import { createConduct, type Weights } from "./conduct.ts"
import { growingTime } from "./growing-time.ts"
import type { EntranceLimits } from "./limits.ts"
import { listening } from "./listening.ts"
import type { Guest, Peer } from "./peer.ts"
import { awaitProxyHeader } from "./proxied.ts"
import { networks, sourceKey } from "./source-key.ts"
import type { Timers } from "./timers.ts"

export interface EntranceOptions<Mark extends string> {
  readonly privacy: Pick<Privacy, "gate">
  readonly limits: EntranceLimits
  readonly weights: Weights<Mark>
  readonly log: Log
  readonly clock: Clock
  readonly timers: Timers
  /** Networks whose connections begin with a PROXY header of version 2; nobody else's may. */
  readonly proxyFrom: readonly string[]
  /** Networks that are not counted per source and not slowed. */
  readonly trustedFrom: readonly string[]
}

export type WhyTurnedAway = "too-many" | "too-many-from-source" | "too-fast" | "draining"

/** One address to listen on, and what becomes of who comes. */
export interface Way<Mark extends string> {
  /** For the log: `smtp`, `imaps`. */
  readonly name: string
  /** `host:port` or `[ipv6]:port`; port 0 takes any. */
  readonly listen: string
  readonly admit: (socket: Socket, peer: Peer<Mark>) => Guest
  /** Logs it, says the last word to who is not let in, and ends the connection. */
  readonly turnAway: (socket: Socket, source: Network, why: WhyTurnedAway) => void
}

/** Where a door's connections come in: one or several addresses with the same limits. */
export interface Entrance<Mark extends string> {
  /** Resolves to `host:port` as it listens; rejects where it cannot. */
  open(way: Way<Mark>): Promise<string>
  /** Connections now. */
  readonly guests: () => number
  /** Milliseconds that only grow, a second at a time. */
  readonly time: () => number
  readonly isDraining: () => boolean
  /** Four in five connections are taken: who is idle makes room. */
  readonly isCrowded: () => boolean
  /** Takes no more connections, drains those that are there, and cuts the rest after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Of all connections: from here on who is idle makes room for who is not. */
const crowdedShare = 0.8
const sweepMs = 1_000
const isLoopback = networks(["127.0.0.0/8", "::1"])

export function createEntrance<Mark extends string>(options: EntranceOptions<Mark>): Entrance<Mark> {
  const { privacy, limits, log, timers } = options
  const time = growingTime(options.clock)
  const guests = new Set<Pick<Guest, "checkTime" | "drain" | "destroy">>()
  const servers: Server[] = []
  const conduct = createConduct(limits, options.weights, time.now)
  const isBalancer = networks(options.proxyFrom)
  const isTrusted = networks(options.trustedFrom)
  let draining = false
  let connections = 0

  /** Looks, before it returns, at where a connection comes from: to protect the server, and for nothing else. */
  const lookAt = (way: Way<Mark>, socket: Socket, ip: IpAddress, welcome: (ip: string) => void): void => {
    privacy
      .gate("server.protect", { kind: "stranger" }, async permit => welcome(ip.open(permit)))
      .catch((error: unknown) => {
        log.event("door.failed", { door: own(way.name), error: failure(error) })
        socket.destroy()
      })
  }

  /** `rest`: what came behind the PROXY header. `hidden`: the balancer did not say for whom it speaks. */
  const admit = (
    way: Way<Mark>,
    socket: Socket,
    ip: string,
    port: number,
    { rest, hidden }: { readonly rest: Buffer; readonly hidden: boolean },
  ): void => {
    const source = sourceKey(ip)
    const trusted = isTrusted(ip)
    const welcome = trusted ? "welcome" : conduct.enter(source)
    if (welcome !== "welcome") {
      way.turnAway(socket, network(ip), welcome === "too-fast" ? "too-fast" : "too-many-from-source")
      return
    }
    connections += 1
    const guest = way.admit(socket, {
      connection: connections,
      ip: ipAddress(ip),
      port,
      network: network(ip),
      local: !hidden && isLoopback(ip),
      mark: bad => {
        if (!trusted) conduct.mark(source, bad)
      },
      delay: () => (trusted ? 0 : conduct.delay(source)),
      onGone: () => {
        guests.delete(guest)
        if (!trusted) conduct.leave(source)
      },
    })
    guests.add(guest)
    guest.greet()
    if (rest.length > 0) guest.hear(rest)
  }

  const awaitHeader = (way: Way<Mark>, socket: Socket, balancer: IpAddress, port: number): void => {
    const deadline = time.now() + limits.proxyHeaderMs
    const waiting = {
      checkTime: () => {
        if (time.now() > deadline) socket.destroy()
      },
      drain: () => socket.destroy(),
      destroy: () => socket.destroy(),
    }
    const gone = (): void => void guests.delete(waiting)
    guests.add(waiting)
    socket.once("close", gone)
    socket.once("end", waiting.destroy)
    awaitProxyHeader(socket, (source, rest) => {
      socket.off("close", gone).off("end", waiting.destroy)
      guests.delete(waiting)
      const peer = source === undefined ? balancer : ipAddress(plainIp(source.ip))
      const hidden = source === undefined
      lookAt(way, socket, peer, ip => admit(way, socket, ip, source?.port ?? port, { rest, hidden }))
    })
  }

  const come = (way: Way<Mark>, socket: Socket): void => {
    // A peer may reset at any time; "close" follows and is where that is dealt with.
    socket.on("error", () => undefined)
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    const peer = ipAddress(plainIp(remoteAddress))
    lookAt(way, socket, peer, ip => {
      if (draining) way.turnAway(socket, network(ip), "draining")
      else if (guests.size >= limits.connections) way.turnAway(socket, network(ip), "too-many")
      else if (isBalancer(ip)) awaitHeader(way, socket, peer, remotePort)
      else admit(way, socket, ip, remotePort, { rest: Buffer.alloc(0), hidden: false })
    })
  }

  const stopSweeping = timers.every(sweepMs, () => {
    time.tick()
    for (const guest of guests) guest.checkTime()
  })

  return {
    async open(way) {
      const door = own(way.name)
      const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => come(way, socket))
      const address = await listening(server, way.listen)
      servers.push(server)
      server.on("error", error => log.event("door.failed", { door, error: failure(error) }))
      log.event("door.listening", { door, address: own(address) })
      return address
    },
    guests: () => guests.size,
    time: time.now,
    isDraining: () => draining,
    isCrowded: () => guests.size > limits.connections * crowdedShare,
    async close({ graceMs }) {
      draining = true
      const closed = servers.map(server => new Promise<void>(resolve => server.close(() => resolve())))
      for (const guest of guests) guest.drain()
      const callOff = timers.after(graceMs, () => {
        for (const guest of guests) guest.destroy()
      })
      await Promise.all(closed)
      callOff()
      stopSweeping()
    },
  }
}
