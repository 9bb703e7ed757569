/** What the rest of the world sees of this server. */
import type { Resolver } from "@letterkeep/dns"
import type { CertificateState } from "../../../certificates/index.ts"
import { type Finding, look, well, wrong } from "./finding.ts"

export async function examineResolver(resolver: Resolver): Promise<Finding> {
  // The root's own zone always has these; a resolver that cannot say so can say nothing.
  const answer = await resolver.a("a.root-servers.net")
  if (answer.kind === "failed")
    return wrong(
      "DNS",
      `the DNS does not answer (${answer.why}): senders cannot be authenticated`,
      "check /etc/resolv.conf, or set [dns] resolver",
    )
  return well("DNS", "the DNS answers")
}

export async function examineHostname(hostname: string, resolver: Resolver): Promise<Finding> {
  if (!hostname.includes("."))
    return look(
      "host name",
      `the server calls itself "${hostname}", which is no full name`,
      'set [smtp] hostname = "mail.your-domain.example"',
    )
  const [v4, v6] = await Promise.all([resolver.a(hostname), resolver.aaaa(hostname)])
  if (v4.kind === "found" || v6.kind === "found")
    return well("host name", `${hostname} has an address in the DNS`)
  return look("host name", `${hostname} has no address in the DNS`, "publish an A or AAAA record for it")
}

/** `authority`: how the certificates of an authority are coming on, where one is asked. */
export function examineCertificate(
  certificate: { readonly selfSigned: boolean; readonly expiresAt: number },
  authority: Pick<CertificateState, "trouble"> | undefined,
  now: number,
): Finding {
  const about = "certificate"
  const days = Math.floor((certificate.expiresAt - now) / 86_400_000)
  const trouble = authority?.trouble
  if (trouble !== undefined) {
    const { says, todo } = trouble
    const left = certificate.selfSigned
      ? "there is no certificate of the authority"
      : days < 0
        ? "the certificate has expired and is not renewed"
        : `the certificate, good for ${days} more days, is not renewed`
    return (certificate.selfSigned || days < 7 ? wrong : look)(about, `${left}: ${says}`, todo)
  }
  if (days < 0)
    return authority === undefined
      ? wrong(about, "the certificate has expired", "renew it and set [tls] cert and key")
      : wrong(about, "the certificate has expired", "./letterkeep certificate --renew")
  if (certificate.selfSigned)
    return authority === undefined
      ? look(
          about,
          "nobody vouches for the certificate: mail servers take it, people's programs will warn",
          "set [acme] directory, or set [tls] cert and key to one of a known authority",
        )
      : look(about, "the first certificate of the authority is not there yet", "./letterkeep certificate")
  if (days < 21 && authority === undefined)
    return look(about, `the certificate expires in ${days} days`, "renew it")
  return well(about, `the certificate is good for ${days} more days`)
}

/** Mail from outside comes to port 25 of an address that others can reach. */
export function examineDoor(smtp: string | undefined): Finding {
  if (smtp === undefined)
    return look(
      "mail door",
      "the SMTP door is closed on this node",
      "set [listen] smtp, or see the other nodes",
    )
  if (/^(127\.|\[::1\])/.test(smtp))
    return look(
      "mail door",
      `the SMTP door (${smtp}) can only be reached from this machine`,
      'set [listen] smtp = "0.0.0.0:2525" and forward port 25 to it; a forwarder that hides where connections come from needs the PROXY protocol',
    )
  return well("mail door", `the SMTP door listens on ${smtp}`)
}
