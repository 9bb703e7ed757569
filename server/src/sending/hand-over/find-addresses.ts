import { isIP } from "node:net"
import { type DaneWish, tlsaName, wishOf } from "@letterkeep/dane"
import type { DnsAnswer, SendingResolver } from "@letterkeep/dns"
import { isNotPublic } from "../not-public.ts"
import type { MailHost } from "./find-hosts.ts"

/** Where a host is, and what the DNS asks of a connection to it. */
export type FoundAddresses =
  | {
      readonly kind: "addresses"
      /** IPv6 and IPv4 in turns, one at least; `maxAddresses` at most. */
      readonly ips: readonly string[]
      readonly wish: DaneWish
    }
  /** It has none, or none that can be reached. */
  | { readonly kind: "none" }
  | { readonly kind: "failed" }

/** Addresses of one host that are tried. */
export const maxAddresses = 4

const smtpPort = 25

/**
 * `isNamedHere`: the operator names the host. Others' addresses have to be public where the port is 25, that of mail
 * servers: a record can lead to this machine and to its neighbours, who trust it.
 */
export async function findAddresses(
  host: MailHost,
  { port, isNamedHere }: { readonly port: number; readonly isNamedHere: boolean },
  resolver: Pick<SendingResolver, "a" | "aaaa" | "tlsa">,
  signal: AbortSignal,
): Promise<FoundAddresses> {
  if (isIP(host.name) !== 0) return { kind: "addresses", ips: [host.name], wish: { kind: "none" } }
  const [four, six] = await Promise.all([resolver.a(host.name, signal), resolver.aaaa(host.name, signal)])
  const reachable = (ip: string): boolean => isNamedHere || port !== smtpPort || !isNotPublic(ip)
  const ips = inTurns(recordsOf(six), recordsOf(four)).filter(reachable).slice(0, maxAddresses)
  if (ips.length === 0)
    return four.kind === "failed" || six.kind === "failed" ? { kind: "failed" } : { kind: "none" }
  const addressAuthentic = [four, six].every(answer => answer.kind !== "found" || answer.authentic)
  // RFC 7672 §2.2.2: TLSA is asked for only where all that leads to it was validated.
  const isSure = host.authentic && addressAuthentic
  const tlsa = isSure ? await resolver.tlsa(tlsaName(host.name, port), signal) : undefined
  return { kind: "addresses", ips, wish: wishOf({ mxAuthentic: host.authentic, addressAuthentic, tlsa }) }
}

function recordsOf(answer: DnsAnswer<string>): readonly string[] {
  return answer.kind === "found" ? answer.records : []
}

/** Where one kind does not work from here, half of the tries are of the other. */
function inTurns(first: readonly string[], second: readonly string[]): readonly string[] {
  const turns: string[] = []
  for (let at = 0; at < Math.max(first.length, second.length); at += 1)
    turns.push(...[first[at], second[at]].filter(ip => ip !== undefined))
  return turns
}
