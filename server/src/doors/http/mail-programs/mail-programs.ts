/** What mail programs are told, so that nobody has to type it: where an account of this house is read, and sent from. */
export interface MailPrograms {
  /** Where programs connect to; its certificate must have this name. */
  readonly hostname: string
  /** What is open to them, the one to be chosen first before others. */
  readonly servers: readonly MailServer[]
  /** Lower case, A-labels. */
  isOurs(domain: string): Promise<boolean>
}

export interface MailServer {
  readonly protocol: "imap" | "pop3" | "smtp"
  /** As programs reach it from outside. */
  readonly port: number
  /** From the first octet on, or after STARTTLS (RFC 8314 §3). */
  readonly tls: "from-the-start" | "starttls"
}

/** The first of a protocol; undefined where none is open. */
export function firstOf(
  { servers }: Pick<MailPrograms, "servers">,
  protocol: MailServer["protocol"],
): MailServer | undefined {
  return servers.find(server => server.protocol === protocol)
}
