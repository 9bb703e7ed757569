/** What `./letterkeep dns` and the policy for other servers need of the rest of the house: the wiring of advice on the DNS. */
import type { Ground, House } from "./build-house.ts"
import { isOurDomain, mailServersOf } from "./mail-servers.ts"
import { createResolver, dnsServers, type Egress, type OwnResolver } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { type Examined, examineDomain, type Service, stsPolicyText, turnKeys } from "./sending/index.ts"

/** With no answers kept yet. */
export function freshResolver({ configuration, clock, chance, log }: Ground, egress: Egress): OwnResolver {
  const servers = dnsServers(configuration.dns.resolver)
  return createResolver({ servers, egress, clock, chance, log, timeout: configuration.dns.timeout })
}

/** Looks at a domain's records, with what this server knows of itself. */
export function examineOurs(
  ground: Ground,
  { domainKeys: keys, privacy, certificate }: House,
  domain: string,
  signal: AbortSignal,
): Promise<Examined> {
  const { configuration, hostname, clock } = ground
  const { smartHost } = configuration.sending
  const parts = {
    ...{ keys, privacy, clock, timer: systemTimer },
    freshResolver: (egress: Egress) => freshResolver(ground, egress),
    server: () => ({
      hostname: hostname.toLowerCase(),
      addresses: configuration.sending.addresses,
      smartHost: smartHost ? smartHost.host : undefined,
      certificate: certificate.current(),
      mtaSts: configuration.sending.mtaSts,
      services: servicesOf(configuration),
      autoconfig: configuration.listen.http !== false,
      issuer: issuerOf(configuration.acme?.directory),
      validates: dnsServers(configuration.dns.resolver).some(server => server.trusted),
    }),
  }
  return examineDomain(parts, domain, signal)
}

/** What mail programs may look for, at the ports where they do: a forwarder leads from there to our doors. */
function servicesOf(configuration: Ground["configuration"]): readonly Service[] {
  return mailServersOf(configuration).flatMap(({ protocol, tls, port }) => {
    const name = serviceNames[protocol][tls]
    return name === undefined ? [] : [{ name, port }]
  })
}

/** RFC 6186 §3, RFC 8314 §5.1. POP3 without TLS from the start is not worth a record. */
const serviceNames = {
  imap: { "from-the-start": "imaps", starttls: "imap" },
  pop3: { "from-the-start": "pop3s", starttls: undefined },
  smtp: { "from-the-start": "submissions", starttls: "submission" },
} as const

/** Under which name CAA records allow an authority stands in its own papers: known here of Let's Encrypt alone. */
function issuerOf(directory: string | undefined): string | undefined {
  const host = directory !== undefined && URL.canParse(directory) ? new URL(directory).hostname : ""
  return host.endsWith(".api.letsencrypt.org") ? "letsencrypt.org" : undefined
}

/** RFC 8461: what other servers are told of TLS, for each domain of ours; undefined for others. */
export async function stsPolicyOf({ configuration, hostname }: Ground, house: House, domain: string) {
  if (!(await isOurDomain(house, domain))) return undefined
  return stsPolicyText(hostname.toLowerCase(), configuration.sending.mtaSts)
}

/** For the worker: see turn-keys.ts. */
export async function turnSigningKeys({ store, privacy, resolver, domainKeys }: House): Promise<void> {
  const egress = privacy.egressFor("mail.send", "dns", ["user.communications.domain"])
  await turnKeys(store, domainKeys, resolver.over(egress))
}
