import { BlockList, isIP, isIPv6 } from "node:net"
import { type DaneWish, tlsaName, wishOf } from "@letterkeep/dane"
import type { DnsAnswer, SendingResolver } from "@letterkeep/dns"
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

/** Addresses that mean this machine: at port 25 our own door may be there, and it trusts its neighbours. */
const here = new BlockList()
here.addSubnet("127.0.0.0", 8)
here.addSubnet("0.0.0.0", 8)
here.addAddress("::", "ipv6")
here.addAddress("::1", "ipv6")
const smtpPort = 25

export async function findAddresses(
  host: MailHost,
  port: number,
  resolver: Pick<SendingResolver, "a" | "aaaa" | "tlsa">,
  signal: AbortSignal,
): Promise<FoundAddresses> {
  if (isIP(host.name) !== 0) return { kind: "addresses", ips: [host.name], wish: { kind: "none" } }
  const [four, six] = await Promise.all([resolver.a(host.name, signal), resolver.aaaa(host.name, signal)])
  const reachable = (ip: string): boolean =>
    port !== smtpPort || !here.check(ip, isIPv6(ip) ? "ipv6" : "ipv4")
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
