import { isIP } from "node:net"
import { type DaneWish, tlsaBases, tlsaName, wishOf } from "@letterkeep/dane"
import type { DnsAnswer, SendingResolver } from "@letterkeep/dns"
import { isNotPublic } from "../not-public.ts"
import { isHostName, type MailHost } from "./find-hosts.ts"

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
  resolver: Pick<SendingResolver, "a" | "aaaa" | "tlsa" | "cname">,
  signal: AbortSignal,
): Promise<FoundAddresses> {
  if (isIP(host.name) !== 0) return { kind: "addresses", ips: [host.name], wish: { kind: "none" } }
  const [four, six] = await Promise.all([resolver.a(host.name, signal), resolver.aaaa(host.name, signal)])
  const reachable = (ip: string): boolean => isNamedHere || port !== smtpPort || !isNotPublic(ip)
  const ips = inTurns(recordsOf(six), recordsOf(four)).filter(reachable).slice(0, maxAddresses)
  if (ips.length === 0)
    return four.kind === "failed" || six.kind === "failed" ? { kind: "failed" } : { kind: "none" }
  return { kind: "addresses", ips, wish: await findWish(host, [four, six], port, resolver, signal) }
}

async function findWish(
  host: MailHost,
  addresses: readonly DnsAnswer<string>[],
  port: number,
  resolver: Pick<SendingResolver, "tlsa" | "cname">,
  signal: AbortSignal,
): Promise<DaneWish> {
  const addressAuthentic = addresses.every(answer => answer.kind !== "found" || answer.authentic)
  const canonical = canonicalOf(addresses)
  // RFC 7672 §2.2.2: TLSA is asked for only where all that leads to it was validated.
  const isSure = host.authentic && addressAuthentic
  const found = { host: host.name, addressAuthentic: isSure, canonical }
  // Whatever the addresses seem to lead to: who can forge them can forge that too.
  const alias = host.authentic && !isSure ? await resolver.cname(host.name, signal) : undefined
  if (alias?.kind === "failed") return { kind: "unknown" } // RFC 7672 §2.1.2
  const aliasAuthentic = alias?.kind === "found" && alias.authentic
  for (const base of tlsaBases({ ...found, aliasAuthentic })) {
    const tlsa = await resolver.tlsa(tlsaName(base, port), signal)
    const wish = wishOf({ mxAuthentic: host.authentic, base, tlsa })
    if (wish.kind !== "none") return wish
  }
  return { kind: "none" }
}

/** Where both kinds of addresses were found they have to agree; a name that no server can have counts for none. */
function canonicalOf(addresses: readonly DnsAnswer<string>[]): string | undefined {
  const names = new Set(addresses.flatMap(answer => (answer.kind === "found" ? [answer.canonical] : [])))
  const [name] = names
  return names.size === 1 && name !== undefined && isHostName(name) ? name : undefined
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
