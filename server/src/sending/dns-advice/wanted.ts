import { recordName as stsName } from "@letterkeep/mta-sts"
import { recordName as tlsRptName } from "@letterkeep/tls-rpt"
import { recordName as dkimName, recordText as dkimText } from "../signing/key-record.ts"
import type { DomainFacts, WantedRecord } from "./facts.ts"
import { stsPolicyId } from "./sts-policy.ts"

/** Where reports on a domain's mail go: postmaster@ always has a reader here. */
const reportsTo = (domain: string): string => `mailto:postmaster@${domain}`

/** All that should be published for a domain, in the order in which it matters. */
export function wantedRecords(facts: DomainFacts): readonly WantedRecord[] {
  const { domain, hostname, keys, mtaSts, services } = facts
  const signing = keys.filter(({ state }) => state !== "revoked")
  const txt = (about: WantedRecord["about"], name: string, value: string): WantedRecord => {
    return { name, type: "TXT", value, about }
  }
  return [
    { name: domain, type: "MX", value: `10 ${hostname}.`, about: "MX" },
    txt("SPF", domain, spfText(facts)),
    // Bounces have an empty reverse-path: what is checked of them is the server's own name (RFC 7208 §2.4).
    ...(hostname === domain || facts.smartHost !== undefined ? [] : [txt("SPF", hostname, "v=spf1 a -all")]),
    ...signing.map(key => txt("DKIM", dkimName(domain, key.selector), dkimText(key))),
    txt("DMARC", `_dmarc.${domain}`, `v=DMARC1; p=none; rua=${reportsTo(domain)}`),
    ...(mtaSts === "none"
      ? []
      : [
          txt("MTA-STS", stsName(domain), `v=STSv1; id=${stsPolicyId(hostname, mtaSts)}`),
          cname("MTA-STS", `mta-sts.${domain}`, hostname),
        ]),
    txt("TLS-RPT", tlsRptName(domain), `v=TLSRPTv1; rua=${reportsTo(domain)}`),
    {
      name: tlsaNameOf(hostname),
      type: "TLSA",
      value: `3 1 1 ${facts.certificate.keyHash}`,
      about: "DANE",
    },
    ...services.map(({ name, port }): WantedRecord => {
      return {
        name: serviceName(name, domain),
        type: "SRV",
        value: `0 1 ${port} ${hostname}.`,
        about: "services",
      }
    }),
    ...(facts.autoconfig ? helperNames(domain).map(name => cname("services", name, hostname)) : []),
    ...(facts.issuer === undefined
      ? []
      : [{ name: hostname, type: "CAA", value: `0 issue "${facts.issuer}"`, about: "CAA" } as const]),
  ]
}

/** A smart host mostly sends from other addresses than it is reached at: whoever runs it says what to name. */
export function spfText({ smartHost }: Pick<DomainFacts, "smartHost">): string {
  return `v=spf1 mx ${smartHost === undefined ? "" : `a:${smartHost} `}~all`
}

const cname = (about: WantedRecord["about"], name: string, target: string): WantedRecord => {
  return { name, type: "CNAME", value: `${target}.`, about }
}

/** RFC 7672 §2.2.3, for the port of mail between servers. */
export const tlsaNameOf = (hostname: string): string => `_25._tcp.${hostname}`

export const serviceName = (service: string, domain: string): string => `_${service}._tcp.${domain}`

/** Where mail programs look by themselves for how to reach a domain's mail. */
export const helperNames = (domain: string): readonly string[] => [
  `autoconfig.${domain}`,
  `autodiscover.${domain}`,
]
