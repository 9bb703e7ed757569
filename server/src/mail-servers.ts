/** What is open to people's mail programs, by the web door's word and in the DNS: the ports by which it is reached. */
import type { Ground, House } from "./build-house.ts"
import type { MailPrograms, MailServer } from "./doors/http/index.ts"
import { mailAddress } from "./privacy/index.ts"

type Told = Pick<Ground["configuration"], "listen" | "programs">

/** TLS from the start before STARTTLS (RFC 8314 §3), IMAP before POP3. */
export function mailServersOf({ listen, programs: ports }: Told): readonly MailServer[] {
  const told = (address: unknown, server: MailServer): readonly MailServer[] =>
    address === false || server.port === 0 ? [] : [server]
  return [
    ...told(listen.imaps, { protocol: "imap", port: ports.imapsPort, tls: "from-the-start" }),
    ...told(listen.imap, { protocol: "imap", port: ports.imapPort, tls: "starttls" }),
    ...told(listen.pop3s, { protocol: "pop3", port: ports.pop3sPort, tls: "from-the-start" }),
    ...told(listen.pop3, { protocol: "pop3", port: ports.pop3Port, tls: "starttls" }),
    ...told(listen.submissions, { protocol: "smtp", port: ports.submissionsPort, tls: "from-the-start" }),
    ...told(listen.submission, { protocol: "smtp", port: ports.submissionPort, tls: "starttls" }),
  ]
}

export function mailProgramsOf({ configuration, hostname }: Ground, house: House): MailPrograms {
  return {
    hostname: hostname.toLowerCase(),
    servers: mailServersOf(configuration),
    isOurs: domain => isOurDomain(house, domain),
  }
}

/** Every domain has a postmaster. */
export async function isOurDomain(
  { privacy, people }: Pick<House, "privacy" | "people">,
  domain: string,
): Promise<boolean> {
  const found = await privacy.gate("account.serve", { kind: "stranger" }, permit =>
    people.findRecipient(mailAddress(`postmaster@${domain}`), permit),
  )
  return found.kind !== "not-ours"
}
