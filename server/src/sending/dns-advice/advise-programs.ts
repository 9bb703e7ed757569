import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { isSameName, joined, recordsOf, sayingOf } from "./say.ts"
import { serviceName } from "./wanted.ts"

/** Whether people's programs find this server by themselves. */
export function advisePrograms({ domain, hostname }: DomainFacts, seen: Seen): readonly DnsFinding[] {
  const say = sayingOf("services")
  const findings: DnsFinding[] = []
  const missing: string[] = []
  for (const { service, answer } of seen.services) {
    const name = serviceName(service.name, domain)
    const records = recordsOf(answer)
    if (answer.kind === "failed") findings.push(say.unknown(name, answer))
    else if (records.length === 0) missing.push(name)
    else if (!records.some(({ target, port }) => isSameName(target, hostname) && port === service.port))
      findings.push(
        say.look(
          `${name} leads to ${joined(records.map(({ target, port }) => `${target} port ${port}`))}, not to this server: programs that look there go astray.`,
          `Publish for ${name}: SRV 0 1 ${service.port} ${hostname}.`,
        ),
      )
  }
  if (missing.length > 0)
    findings.push(
      say.may(
        `${joined(missing)} ${missing.length === 1 ? "is" : "are"} not there: some programs then ask people for the server's name.`,
        "Publish the SRV records as they are listed.",
      ),
    )
  for (const { name, host } of seen.helpers) {
    const isThere = [...recordsOf(host.a), ...recordsOf(host.aaaa)].length > 0
    const failed = [host.a, host.aaaa].find(answer => answer.kind === "failed")
    if (isThere) continue
    if (failed !== undefined) findings.push(say.unknown(name, failed))
    else
      findings.push(
        say.may(
          `${name} is not there: programs that ask it do not set themselves up.`,
          `Publish for ${name}: CNAME ${hostname}.`,
        ),
      )
  }
  const isWell = findings.length === 0 && seen.services.length + seen.helpers.length > 0
  return isWell ? [say.well(`Mail programs find this server for ${domain}.`)] : findings
}
