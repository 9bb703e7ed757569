import { toDnsName } from "@letterkeep/dkim"
import { type NameResolver, printable } from "@letterkeep/dns"
import { checkHost, type SpfOutcome } from "@letterkeep/spf"

/** Asks SPF about the reverse-path, or about the HELO name when the reverse-path is empty (RFC 7208 §2.4). Names in UTF-8 become A-labels (RFC 8616 §4). */
export interface SpfEvidence extends SpfOutcome {
  readonly identity: "mailfrom" | "helo"
  /** In lower case, as A-labels; "" when there is none to ask. */
  readonly domain: string
}

export interface SpfQuestion {
  readonly ip: string
  readonly helo: string
  readonly reversePath: string
  readonly hostname: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly resolver: NameResolver
  /** Is this domain (lower case, A-labels) one of ours? The address of somebody here is told to no name server. */
  readonly isOurDomain: (domain: string) => Promise<boolean>
}

export async function askSpf(question: SpfQuestion): Promise<SpfEvidence> {
  const { ip, helo, reversePath, hostname, now, resolver } = question
  const identity = reversePath === "" ? "helo" : "mailfrom"
  const name = identity === "helo" ? helo : reversePath.slice(reversePath.lastIndexOf("@") + 1)
  const domain = toDnsName(name.replace(/\.$/, "")) ?? ""
  if (domain === "")
    return { result: "none", reason: printable(`"${name}" is not a domain name.`), identity, domain }
  // The explanation of a `fail` is a stranger's text: it is not asked for.
  const outcome = await checkHost({
    ip,
    domain,
    sender: reversePath,
    helo,
    receiver: hostname,
    now,
    resolver,
    mayNameSender: async () => !(await question.isOurDomain(domain)),
  })
  return { ...outcome, identity, domain }
}
