import { isIP } from "node:net"
import { isInNetwork, parseIpAddress } from "@letterkeep/spf"
import { isNotPublic } from "../not-public.ts"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { isSameName, joined, recordsOf, sayingOf } from "./say.ts"

/** How others find this server, and whether they believe that it is one: its name, its address's name, MX. */
export function adviseWayIn(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  return [
    ...adviseHost(facts, seen),
    // Who takes mail from here through a smart host sees the name of that.
    ...(facts.smartHost === undefined ? seen.reverse.map(one => adviseReverse(facts, seen, one)) : []),
    ...adviseMx(facts, seen),
  ]
}

function adviseHost({ hostname, addresses }: DomainFacts, { host }: Seen): readonly DnsFinding[] {
  const say = sayingOf("host name")
  if (!hostname.includes("."))
    return [
      say.urgent(
        `This server calls itself "${hostname}", which is no full name: no record can point to it, and others refuse mail from it.`,
        'Set [smtp] hostname = "mail.your-domain.example".',
      ),
    ]
  const failed = [host.a, host.aaaa].find(answer => answer.kind === "failed")
  const found = [...recordsOf(host.a), ...recordsOf(host.aaaa)]
  if (found.length === 0 && failed !== undefined) return [say.unknown(hostname, failed)]
  if (found.length === 0)
    return [
      say.urgent(
        `${hostname} has no address in the DNS: no mail can come in, and much of what goes out is refused.`,
        `Publish an A record, and an AAAA record where there is IPv6, for ${hostname}.`,
      ),
    ]
  const near = found.filter(isNotPublic)
  if (near.length > 0)
    return [
      say.wrong(
        `${hostname} leads to ${joined(near)}, which nobody outside can reach: mail that tries it is put off or lost.`,
        "Publish this server's public address.",
      ),
    ]
  const unsaid = found.filter(one => addresses.length > 0 && !addresses.some(own => isSameAddress(own, one)))
  if (unsaid.length > 0)
    return [
      say.look(
        `${hostname} leads to ${joined(unsaid)} too, which [sending] addresses does not name: mail may come or go by it unseen.`,
        "Put the address into [sending] addresses, or take it out of the DNS.",
      ),
    ]
  return [say.well(`${hostname} leads to ${joined(found)}.`)]
}

function adviseReverse(
  { hostname }: DomainFacts,
  { host }: Seen,
  { address, answer }: Seen["reverse"][number],
): DnsFinding {
  const say = sayingOf("reverse DNS")
  const todo = `Ask whoever gave you the address (your provider's control panel, mostly) to name it ${hostname}.`
  if (answer.kind === "failed") return say.unknown(`the reverse name of ${address}`, answer)
  const names = recordsOf(answer)
  if (names.length === 0)
    return say.wrong(
      `${address} has no name in the reverse DNS: Gmail, Outlook and many others refuse mail from it.`,
      todo,
    )
  if (!names.some(name => isSameName(name, hostname)))
    return say.wrong(
      `${address} is called ${joined(names)} in the reverse DNS, but this server greets others as ${hostname}: many count that against its mail, some refuse it.`,
      todo,
    )
  const forward = [...recordsOf(host.a), ...recordsOf(host.aaaa)]
  const isUnsure = host.a.kind === "failed" || host.aaaa.kind === "failed"
  if (!isUnsure && !forward.some(one => isSameAddress(one, address)))
    return say.wrong(
      `${address} is called ${hostname} in the reverse DNS, but ${hostname} does not lead back to it: others take the name for invented.`,
      `Publish ${address} as an address of ${hostname}.`,
    )
  return say.well(`${address} is called ${hostname}, and that leads back.`)
}

function adviseMx({ domain, hostname, mtaSts }: DomainFacts, { mx }: Seen): readonly DnsFinding[] {
  const say = sayingOf("MX")
  const todo = `Publish for ${domain}: MX 10 ${hostname}.`
  if (mx.kind === "failed") return [say.unknown(`the MX of ${domain}`, mx)]
  const records = [...recordsOf(mx)].sort((a, b) => a.preference - b.preference)
  if (records.length === 0)
    return [
      say.wrong(
        // RFC 5321 §5.1
        `${domain} has no MX record: its mail goes to whatever machine ${domain} itself leads to, or nowhere.`,
        todo,
      ),
    ]
  // RFC 7505 §3
  if (records.some(({ exchange }) => exchange === ""))
    return [
      say.urgent(`${domain} says that it takes no mail at all (a null MX): every sender gives up.`, todo),
    ]
  const others = records.filter(({ exchange }) => !isSameName(exchange, hostname))
  const ours = records.find(({ exchange }) => isSameName(exchange, hostname))
  const names = joined([...new Set(others.map(({ exchange }) => exchange))])
  const numeric = others.find(({ exchange }) => isIP(exchange) !== 0)
  if (numeric !== undefined)
    return [
      say.wrong(
        `${domain} has an address in its MX record (${numeric.exchange}); a name belongs there.`,
        todo,
      ),
    ]
  if (ours === undefined) return [say.wrong(`Mail for ${domain} goes to ${names}, not to this server.`, todo)]
  const [first] = records
  if (others.length > 0 && first !== undefined && first.preference < ours.preference)
    return [
      say.look(
        `Mail for ${domain} goes to ${names} first; this server is only tried after it.`,
        `If that is not meant, take ${names} out, or give ${hostname} the lowest number.`,
      ),
    ]
  if (others.length > 0)
    return [
      say.look(
        `Mail for ${domain} may also go to ${names}${mtaSts === "none" ? "" : ", which our MTA-STS policy does not name"}.`,
        `If that is not a server of yours that hands on to this one, take it out.`,
      ),
    ]
  return [say.well(`Mail for ${domain} comes to ${hostname}.`)]
}

function isSameAddress(a: string, b: string): boolean {
  const [one, other] = [parseIpAddress(a), parseIpAddress(b)]
  if (one === undefined || other === undefined || one.version !== other.version) return a === b
  return isInNetwork(one, other, one.version === 4 ? 32 : 128)
}
