import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { encodeReply, makeProfile, type ProfileOptions } from "@letterkeep/smtp"
import { createEntrance, type Entrance, systemTimers, type Way } from "../entrance/index.ts"
import { type BadMark, weights } from "./abuse.ts"
import { Connection } from "./connection.ts"
import type { DoorOptions, House } from "./house.ts"
import type { SmtpDoorLimits } from "./limits.ts"
import { goodbye } from "./replies.ts"
import type { Link, Service } from "./service.ts"

/** What one of the doors shares, but for what its own service needs: made once. */
export type Shared = Omit<House, "figures" | "budget">

/** The entrance of a door, and what its connections share. */
export function openEntrance(
  door: House["door"],
  options: DoorOptions,
  limits: SmtpDoorLimits,
  offer: Pick<ProfileOptions, "futureRelease"> = {},
): { readonly entrance: Entrance<BadMark>; readonly shared: Shared } {
  const { log, hostname } = options
  const timers = options.timers ?? systemTimers
  const secureContext = (): SecureContext | undefined => options.tls?.current()
  const entrance = createEntrance<BadMark>({
    privacy: options.privacy,
    clock: options.clock,
    limits,
    weights,
    log,
    timers,
    proxyFrom: options.proxyFrom ?? [],
    trustedFrom: options.trustedFrom ?? ["127.0.0.0/8", "::1"],
  })
  const offersTls = (): boolean => secureContext() !== undefined
  const { time, isDraining, isCrowded } = entrance
  const profile = makeProfile({ hostname, limits: limits.protocol, offersTls, ...offer })
  return {
    entrance,
    shared: { door, profile, limits, log, timers, secureContext, time, isDraining, isCrowded },
  }
}

/** One address of a door; `begins` says what its peers' first octets are. */
export function wayOf(
  house: House,
  way: Pick<Way<BadMark>, "name" | "listen"> & { readonly begins: "plain" | "tls" },
  service: (link: Link) => Service,
): Way<BadMark> {
  const { door, log, figures } = house
  const { name, listen, begins } = way
  return {
    name,
    listen,
    admit(socket, peer) {
      figures.accepted.add()
      log.event("smtp.connected", { door, connection: peer.connection, tls: begins === "tls" })
      return new Connection(house, socket, peer, { begins, service })
    },
    turnAway(socket: Socket, source, why) {
      figures.refused.add()
      log.event("smtp.refused-connection", { door, source, why })
      // Inside TLS nothing can be said before the handshake, which is spared here.
      socket.end(begins === "tls" ? "" : encodeReply(goodbye[why]), () => socket.destroy())
    },
  }
}
