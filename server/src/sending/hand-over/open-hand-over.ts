import type { Privacy } from "../../privacy/index.ts"
import type { Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { createHandOver, type HandOverParts, type OwnHandOver } from "./hand-over.ts"
import { openKeptPolicies } from "./kept-policies.ts"
import { createPolicies } from "./mta-sts-policies.ts"
import { type NamedHost, routesOf } from "./route.ts"
import { openSmartHostSignIn, type SmartHostAccount } from "./smart-host-sign-in.ts"

/** The hand-over as the settings have it, with its permits to tell others something. */
export interface HandOverGround
  extends Pick<
    HandOverParts,
    | "resolver"
    | "clock"
    | "timer"
    | "chance"
    | "hostname"
    | "isOurs"
    | "seen"
    | "sign"
    | "returnTags"
    | "log"
    | "roots"
  > {
  readonly privacy: Pick<Privacy, "gate" | "egressFor">
  readonly store: Pick<Store, "sql">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
  /** `[sending]`, as the configuration reads it. */
  readonly settings: {
    readonly connections: number
    readonly connectionsPerDestination: number
    readonly bytesInFlight: number
    readonly smartHost: NamedHost | false
    readonly signIn: SmartHostAccount | undefined
    readonly transports: readonly (NamedHost & { readonly domain: string })[]
    readonly fromIpv4: string | false
    readonly fromIpv6: string | false
    readonly port: number
  }
}

/** Rejects where the file with the smart host's password cannot be used. */
export async function openHandOver({
  settings,
  privacy,
  store,
  vaults,
  ...ground
}: HandOverGround): Promise<OwnHandOver> {
  const { connections, connectionsPerDestination, bytesInFlight } = settings
  const signIn =
    settings.signIn === undefined ? undefined : await openSmartHostSignIn(settings.signIn, ground.chance)
  const fields = ["user.communications.outgoing"] as const
  const policies = createPolicies({
    ...ground,
    seen: session => ground.seen(session, true),
    kept: openKeptPolicies({ ...ground, store, vaults }),
    egress: privacy.egressFor("mail.send", "policy-host", ["user.communications.domain"]),
  })
  const handOver = createHandOver({
    ...ground,
    privacy,
    policies,
    egress: {
      "mail-exchanger": privacy.egressFor("mail.send", "mail-exchanger", fields),
      "smart-host": privacy.egressFor("mail.send", "smart-host", fields),
    },
    routes: routesOf(settings),
    limits: {
      inAll: connections,
      perDestination: Math.min(connections, connectionsPerDestination),
      bytesInHand: bytesInFlight,
    },
    port: settings.port,
    from: {
      ...(settings.fromIpv4 === false ? {} : { ipv4: settings.fromIpv4 }),
      ...(settings.fromIpv6 === false ? {} : { ipv6: settings.fromIpv6 }),
    },
    ...(signIn === undefined ? {} : { signIn }),
  })
  return {
    ...handOver,
    async finish() {
      await Promise.all([handOver.finish(), policies.close()])
    },
  }
}
