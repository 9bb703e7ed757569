import type { DaneWish } from "@letterkeep/dane"
import type { SendingResolver } from "@letterkeep/dns"
import type { ChannelBindings, SaslClient } from "@letterkeep/sasl"
import type { Capabilities } from "@letterkeep/smtp"
import type { SeenSession } from "@letterkeep/tls-rpt"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Egress, MailDial, Roots } from "../../ports/network/index.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Contact } from "../contract.ts"
import type { BindingOrder } from "./binding-order.ts"
import { dialHost } from "./dial-host.ts"
import { findAddresses } from "./find-addresses.ts"
import { type FoundHosts, findHosts, type MailHost } from "./find-hosts.ts"
import type { Policies } from "./mta-sts-policies.ts"
import type { Route, TlsAsked } from "./route.ts"
import type { Session } from "./session.ts"
import { judgeBefore, policySeen, type TlsRules } from "./tls-rules.ts"
import { type Failed, mostTelling } from "./tried.ts"

/**
 * A session with one of the servers that a domain's mail may go to: its hosts in their order, the addresses of each, until
 * one talks to us and is such as DANE, MTA-STS or the mail itself asks for. What kept the others from it is told when
 * none is.
 */
export interface DialParts {
  readonly resolver: SendingResolver
  readonly policies: Pick<Policies, "of">
  /** Minted for `mail-exchanger`, and for `smart-host`: servers that the operator names. */
  readonly egress: { readonly "mail-exchanger": Egress; readonly "smart-host": Egress }
  readonly clock: Clock
  readonly timer: Timer
  readonly chance: Chance
  /** Said in EHLO. */
  readonly hostname: string
  /** Of mail exchangers: 25. */
  readonly port: number
  /** Is this a name of ours, in lower case? */
  readonly isOurs: (host: string) => boolean
  /** Ways to sign in with the smart host, made anew for each session, inside TLS; none: it is not asked for. */
  readonly signIn?: (bindings: ChannelBindings) => readonly SaslClient[]
  readonly seen: TellSeen
  /** The machine's unless said. */
  readonly roots?: Roots
  readonly from?: MailDial["from"]
}

export interface Dialling extends DialParts {
  /** For sign-ins at the smart host; one for all connections, since it learns. */
  readonly bindingOrder: BindingOrder
}

/**
 * Told of each connection under which policy it was, and how TLS went. `isForReport`: was it to a server of the domain's
 * own, and by mail that a report to the domain counts? A report is not told of how reports went (RFC 8460 §3).
 */
export type TellSeen = (session: SeenSession, isForReport: boolean) => void

export interface Live {
  readonly session: Session
  readonly contact: Contact
  readonly capabilities: Capabilities
  /** Resolves at the end of the session, whoever ended it. */
  readonly ended: Promise<void>
}

export type Found =
  | { readonly kind: "live"; readonly live: Live }
  | { readonly kind: "failed"; readonly failed: Failed }

/** Addresses that are tried for one domain in a row, of all of its hosts. */
export const mostTries = 8
/** Milliseconds after which no further address is tried. */
export const patience = 10 * 60_000

/** Rejects only where something of ours is broken. */
export async function dial(
  parts: Dialling,
  route: Route,
  asked: TlsAsked,
  signal: AbortSignal,
): Promise<Found> {
  const hasPolicy = asked !== "nothing"
  const isForReport = route.kind === "mx" && hasPolicy
  const seen = (session: SeenSession): void => parts.seen(session, isForReport)
  const [hosts, sts] = await Promise.all([
    hostsOf(parts, route, signal),
    route.kind === "mx" && hasPolicy ? parts.policies.of(route.domain, signal) : undefined,
  ])
  if (hosts.kind !== "hosts") return { kind: "failed", failed: { kind: hosts.kind, why: hosts.why } }
  const isNamedHere = route.kind !== "mx"
  const port = isNamedHere ? route.port : parts.port
  const until = parts.clock.now() + patience
  const failures: Failed[] = []
  let left = mostTries
  for (const host of hosts.hosts) {
    if (left === 0 || parts.clock.now() >= until || signal.aborted) break
    const addresses = await findAddresses(host, { port, isNamedHere }, parts.resolver, signal)
    if (addresses.kind !== "addresses") {
      failures.push({ kind: "not-now", why: addresses.kind === "none" ? "unreachable" : "dns-failed" })
      continue
    }
    const mustBeNamed = route.kind === "smart-host"
    const wish = hasPolicy ? addresses.wish : noWish
    const requireTls = asked === "required"
    const rules: TlsRules = { domain: route.domain, host, wish, sts, requireTls, mustBeNamed }
    const before = judgeBefore(rules)
    if (before.kind === "skip") {
      const outcome = { kind: "failed", result: before.report, host: host.name } as const
      seen({ policy: policySeen(rules), outcome })
      failures.push({ kind: "not-now", why: before.why })
      continue
    }
    for (const ip of addresses.ips) {
      if (left === 0 || parts.clock.now() >= until || signal.aborted) break
      left -= 1
      const tried = await dialHost(parts, { route, rules, ip, port, report: before.report, seen }, signal)
      if (tried.kind === "live") return tried
      failures.push(tried.failed)
    }
  }
  return { kind: "failed", failed: mostTelling(failures) }
}

const noWish: DaneWish = { kind: "none" }

function hostsOf(parts: DialParts, route: Route, signal: AbortSignal): Promise<FoundHosts> {
  if (route.kind === "mx") return findHosts(route.domain, parts, signal)
  const named: MailHost = { name: route.host, authentic: true }
  return Promise.resolve({ kind: "hosts", hosts: [named] })
}
