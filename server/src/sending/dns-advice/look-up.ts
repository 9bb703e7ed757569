import { namesOfWalk, parsePolicyRecord } from "@letterkeep/dmarc"
import type { DnsAnswer, SetUpResolver } from "@letterkeep/dns"
import { namingAlike } from "@letterkeep/dns"
import { recordName as stsName } from "@letterkeep/mta-sts"
import { checkHost, type SpfOutcome } from "@letterkeep/spf"
import { recordName as tlsRptName } from "@letterkeep/tls-rpt"
import type { SeenKey } from "../signing/domain-keys.ts"
import type { DomainFacts, HostSeen, Seen, StsFileSeen } from "./facts.ts"
import { recordsOf } from "./say.ts"
import { helperNames, serviceName, tlsaNameOf } from "./wanted.ts"

/** An address of documentation (RFC 5737 §3): SPF that lets it send lets anybody. */
const stranger = "198.51.100.77"
/** Our addresses that are looked at. */
const mostAddresses = 16

export interface LookUpParts {
  readonly resolver: SetUpResolver
  /** The state of the domain's keys in the DNS. */
  readonly lookForKeys: (resolver: SetUpResolver) => Promise<readonly SeenKey[]>
  /** Asks the web for the MTA-STS policy of `host`, at one of its addresses. */
  readonly readStsFile: (host: string, ip: string) => Promise<StsFileSeen>
}

/** Asks everything that the advice needs, at once. */
export async function lookUp(facts: DomainFacts, parts: LookUpParts): Promise<Seen> {
  const { resolver } = parts
  const { domain, hostname } = facts
  const hostOf = async (name: string): Promise<HostSeen> => {
    const [a, aaaa] = await Promise.all([resolver.a(name), resolver.aaaa(name)])
    return { a, aaaa }
  }
  const host = await hostOf(hostname)
  const found = [...recordsOf(host.a), ...recordsOf(host.aaaa)]
  const addresses = (facts.addresses.length > 0 ? facts.addresses : found).slice(0, mostAddresses)
  const spfOf = (name: string, address: string): Promise<SpfOutcome> =>
    checkHost({
      ip: address,
      domain: name,
      sender: name === hostname ? "" : `postmaster@${name}`,
      helo: hostname,
      now: facts.now,
      resolver: namingAlike(resolver),
    })
  const spfFor = (name: string) =>
    Promise.all(addresses.map(async address => ({ address, outcome: await spfOf(name, address) })))

  const [mx, txt, sts, stsHost, tlsRpt, tlsa] = await Promise.all([
    resolver.mx(domain),
    resolver.txt(domain),
    resolver.txt(stsName(domain)),
    hostOf(`mta-sts.${domain}`),
    resolver.txt(tlsRptName(domain)),
    resolver.tlsa(tlsaNameOf(hostname)),
  ])
  const [spf, spfForStranger, helo, dkim, dmarc, caa] = await Promise.all([
    spfFor(domain),
    spfOf(domain, stranger),
    hostname === domain ? [] : spfFor(hostname),
    parts.lookForKeys(resolver),
    findDmarc(domain, resolver),
    findCaa(hostname, resolver),
  ])
  const [stsIp] = [...recordsOf(stsHost.a), ...recordsOf(stsHost.aaaa)]
  return {
    ...{ addresses, host, mx, txt, spf, spfForStranger, helo, dkim, dmarc, sts, stsHost, tlsRpt, tlsa, caa },
    reverse: await Promise.all(
      addresses.map(async address => ({ address, answer: await resolver.ptr(address) })),
    ),
    stsFile:
      stsIp === undefined || recordsOf(sts).length === 0
        ? undefined
        : await parts.readStsFile(`mta-sts.${domain}`, stsIp),
    services: await Promise.all(
      facts.services.map(async service => ({
        service,
        answer: await resolver.srv(serviceName(service.name, domain)),
      })),
    ),
    helpers: facts.autoconfig
      ? await Promise.all(helperNames(domain).map(async name => ({ name, host: await hostOf(name) })))
      : [],
  }
}

/** RFC 9989 §4.10.1: the domain's own record, or else that of a domain above it. */
async function findDmarc(domain: string, resolver: SetUpResolver): Promise<Seen["dmarc"]> {
  let first: DnsAnswer<string> | undefined
  for (const at of namesOfWalk(domain)) {
    const answer = await resolver.txt(`_dmarc.${at}`)
    first ??= answer
    const isThere = recordsOf(answer).some(text => parsePolicyRecord(text.trim()).kind !== "other")
    if (isThere || answer.kind === "failed") return { at, answer }
  }
  return { at: domain, answer: first ?? { kind: "nothing", why: "nodata", ttl: 0 } }
}

/** RFC 8659 §3: the records of the nearest name that has any, from the host upwards. */
async function findCaa(hostname: string, resolver: SetUpResolver): Promise<Seen["caa"]> {
  const labels = hostname.split(".")
  let last: DnsAnswer<never> = { kind: "nothing", why: "nodata", ttl: 0 }
  for (let at = 0; at < labels.length; at += 1) {
    const name = labels.slice(at).join(".")
    const answer = await resolver.caa(name)
    if (answer.kind !== "nothing") return { at: name, answer }
    last = answer
  }
  return { at: hostname, answer: last }
}
