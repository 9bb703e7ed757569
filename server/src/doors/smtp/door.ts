import { createServer, type Server, type Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { encodeReply, makeProfile, type Reply } from "@letterkeep/smtp"
import type { Receive } from "../../flow/index.ts"
import type { Clock } from "../../ports/clock.ts"
import { plainIp } from "../../ports/ip-prefix.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { FieldsOf } from "../../ports/log-events.ts"
import { network } from "../../ports/log-fields.ts"
import type { Metrics } from "../../ports/metrics.ts"
import { type IpAddress, ipAddress, type Privacy } from "../../privacy/index.ts"
import { createByteBudget } from "./byte-budget.ts"
import { createConduct } from "./conduct.ts"
import { Connection } from "./connection.ts"
import { declareFigures } from "./figures.ts"
import { type House, systemTimers, type Timers } from "./house.ts"
import { defaultSmtpDoorLimits, type SmtpDoorLimits } from "./limits.ts"
import { awaitProxyHeader } from "./proxied.ts"
import { goodbye } from "./replies.ts"
import { networks, sourceKey } from "./source-key.ts"

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

/** Of all connections: from here on who is idle makes room for who is not. */
const crowdedShare = 0.8

interface Guest {
  checkTime(): void
  drain(): void
  destroy(): void
}

/** Opens the door for mail from other servers. Rejects where it cannot listen. */
export async function openSmtpDoor(options: SmtpDoorOptions): Promise<SmtpDoor> {
  const { receive, privacy, hostname, log, clock, metrics } = options
  const limits: SmtpDoorLimits = { ...defaultSmtpDoorLimits, ...options.limits }
  const timers = options.timers ?? systemTimers
  const secureContext = (): SecureContext | undefined => options.tls?.current()
  const time = growingTime(clock)
  const guests = new Set<Guest>()
  let draining = false
  let connections = 0

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
    figures: declareFigures(
      metrics,
      () => guests.size,
      () => budget.taken,
    ),
    budget,
    timers,
    secureContext,
    time: time.now,
    isDraining: () => draining,
    isCrowded: () => guests.size > limits.connections * crowdedShare,
  }
  const conduct = createConduct(limits, time.now)
  const isBalancer = networks(options.proxyFrom ?? [])
  const isTrusted = networks(options.trustedFrom ?? ["127.0.0.0/8", "::1"])

  /** Looks, before it returns, at where a connection comes from: to protect the server, and for nothing else. */
  const lookAt = (socket: Socket, ip: IpAddress, welcome: (ip: string) => void): void => {
    privacy
      .gate("server.protect", { kind: "stranger" }, async permit => welcome(ip.open(permit)))
      .catch((error: unknown) => {
        log.event("door.failed", { door: own("smtp"), error: failure(error) })
        socket.destroy()
      })
  }

  const turnAway = (socket: Socket, ip: string, why: FieldsOf<"smtp.refused-connection">["why"]): void => {
    house.figures.refused.add()
    log.event("smtp.refused-connection", { source: network(ip), why })
    const reply: Reply = goodbye[why]
    socket.end(encodeReply(reply), () => socket.destroy())
  }

  const admit = (socket: Socket, ip: string, port: number, rest: Buffer): void => {
    const source = sourceKey(ip)
    const trusted = isTrusted(ip)
    const welcome = trusted ? "welcome" : conduct.enter(source)
    if (welcome !== "welcome") {
      turnAway(socket, ip, welcome === "too-fast" ? "too-fast" : "too-many-from-source")
      return
    }
    house.figures.accepted.add()
    connections += 1
    log.event("smtp.connected", { connection: connections })
    const guest = new Connection(house, socket, {
      connection: connections,
      ip: ipAddress(ip),
      port,
      network: network(ip),
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

  const awaitHeader = (socket: Socket, balancer: IpAddress, port: number): void => {
    const deadline = time.now() + limits.proxyHeaderMs
    const guest: Guest = {
      checkTime: () => {
        if (time.now() > deadline) socket.destroy()
      },
      drain: () => socket.destroy(),
      destroy: () => socket.destroy(),
    }
    const gone = (): void => void guests.delete(guest)
    guests.add(guest)
    socket.once("close", gone)
    socket.once("end", guest.destroy)
    awaitProxyHeader(socket, (source, rest) => {
      socket.off("close", gone).off("end", guest.destroy)
      guests.delete(guest)
      const peer = source === undefined ? balancer : ipAddress(plainIp(source.ip))
      lookAt(socket, peer, ip => admit(socket, ip, source?.port ?? port, rest))
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    // A peer may reset at any time; "close" follows and is where that is dealt with.
    socket.on("error", () => undefined)
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    const peer = ipAddress(plainIp(remoteAddress))
    lookAt(socket, peer, ip => {
      if (draining) turnAway(socket, ip, "draining")
      else if (guests.size >= limits.connections) turnAway(socket, ip, "too-many")
      else if (isBalancer(ip)) awaitHeader(socket, peer, remotePort)
      else admit(socket, ip, remotePort, Buffer.alloc(0))
    })
  })

  const address = await listening(server, options.listen)
  server.on("error", error => log.event("door.failed", { door: own("smtp"), error: failure(error) }))
  log.event("door.listening", { door: own("smtp"), address: own(address) })
  const stopSweeping = timers.every(sweepMs, () => {
    time.tick()
    for (const guest of guests) guest.checkTime()
  })

  return {
    address,
    async close({ graceMs }) {
      draining = true
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const guest of guests) guest.drain()
      const callOff = timers.after(graceMs, () => {
        for (const guest of guests) guest.destroy()
      })
      await closed
      callOff()
      stopSweeping()
    },
  }
}

const sweepMs = 1_000
/** The most that one sweep can move time: a clock that is set ends nobody's connection. */
const longestTickMs = 5_000

function growingTime(clock: Clock): { now: () => number; tick: () => void } {
  let now = 0
  let last = clock.now()
  return {
    now: () => now,
    tick() {
      const wall = clock.now()
      now += Math.min(longestTickMs, Math.max(0, wall - last))
      last = wall
    },
  }
}

function listening(server: Server, listen: string): Promise<string> {
  const colon = listen.lastIndexOf(":")
  const host = listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1")
  const port = Number(listen.slice(colon + 1))
  if (colon < 0 || !Number.isInteger(port)) throw new TypeError(`not host:port: ${listen}`)
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off("error", reject)
      const bound = server.address()
      if (bound === null || typeof bound === "string") reject(new Error("no address to listen on"))
      else
        resolve(
          bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
        )
    })
  })
}
