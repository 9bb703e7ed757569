import { readFile } from "node:fs/promises"
import { loginClient, plainClient, type SaslClient, scramClient } from "@letterkeep/sasl"
import type { Chance } from "../../ports/chance.ts"
import type { Privacy } from "../../privacy/index.ts"
import { createHandOver, type HandOver, type HandOverParts } from "./hand-over.ts"
import { createPolicies } from "./mta-sts-policies.ts"
import type { NamedHost } from "./route.ts"

/** The hand-over as the settings have it, with its permits to tell others something. */
export interface OwnHandOver extends HandOver {
  /** As `close`; resolves when nothing of its own runs any more. */
  finish(): Promise<void>
}

export interface HandOverGround
  extends Pick<
    HandOverParts,
    "resolver" | "clock" | "timer" | "chance" | "hostname" | "isOurs" | "seen" | "sign" | "log" | "roots"
  > {
  readonly privacy: Pick<Privacy, "gate" | "egressFor">
  /** `[sending]`, as the configuration reads it. */
  readonly settings: {
    readonly connections: number
    readonly connectionsPerDestination: number
    readonly bytesInFlight: number
    readonly smartHost: NamedHost | false
    readonly signIn: { readonly user: string; readonly passwordFile: string } | undefined
    readonly transports: readonly (NamedHost & { readonly domain: string })[]
    readonly fromIpv4: { readonly ip: string | undefined }
    readonly fromIpv6: { readonly ip: string | undefined }
    readonly port: number
  }
}

/** Rejects where the file with the smart host's password cannot be used. */
export async function openHandOver({ settings, privacy, ...ground }: HandOverGround): Promise<OwnHandOver> {
  const { smartHost, transports, connections, connectionsPerDestination, bytesInFlight } = settings
  const signIn = settings.signIn === undefined ? undefined : await signInBy(settings.signIn, ground.chance)
  const fields = ["user.communications.outgoing"] as const
  const policies = createPolicies({
    ...ground,
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
    routes: {
      transports: new Map(transports.map(({ domain, host, port }) => [domain, { host, port }])),
      ...(smartHost === false ? {} : { smartHost }),
    },
    limits: {
      inAll: connections,
      perDestination: Math.min(connections, connectionsPerDestination),
      bytesInHand: bytesInFlight,
    },
    port: settings.port,
    from: {
      ...(settings.fromIpv4.ip === undefined ? {} : { ipv4: settings.fromIpv4.ip }),
      ...(settings.fromIpv6.ip === undefined ? {} : { ipv6: settings.fromIpv6.ip }),
    },
    ...(signIn === undefined ? {} : { signIn }),
  })
  return {
    ...handOver,
    async finish() {
      handOver.close()
      await policies.close()
    },
  }
}

const nonceBytes = 18

/** The best way first; a new exchange for each session. The secret goes out inside TLS alone, and by SCRAM not at all. */
async function signInBy(
  { user, passwordFile }: { readonly user: string; readonly passwordFile: string },
  chance: Chance,
): Promise<() => readonly SaslClient[]> {
  const [secret = ""] = (await readPassword(passwordFile)).split(/\r?\n/, 1)
  if (secret === "") throw new SmartHostPasswordError(passwordFile)
  const credentials = { name: user, secret }
  return () => [
    scramClient({
      ...credentials,
      mechanism: "SCRAM-SHA-256",
      bindings: new Map(),
      random: chance.bytes(nonceBytes),
    }),
    plainClient(credentials),
    loginClient(credentials),
  ]
}

async function readPassword(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8")
  } catch (cause) {
    throw new SmartHostPasswordError(file, { cause })
  }
}

export class SmartHostPasswordError extends Error {
  override readonly name = "SmartHostPasswordError"
  readonly temporary = false

  constructor(file: string, options?: ErrorOptions) {
    super(
      `[sending] smart_host_password_file: ${file} has no password in its first line, or cannot be read`,
      options,
    )
  }
}
