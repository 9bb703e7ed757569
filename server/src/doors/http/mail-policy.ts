import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Clock } from "../../ports/clock.ts"
import { createPace } from "./pace.ts"
import { refuse } from "./refusals.ts"

/**
 * The MTA-STS policy of each of our domains (RFC 8461 §3.3): GET /.well-known/mta-sts.txt, asked for under the name
 * `mta-sts.` and the domain. It comes by way of a web server that speaks HTTPS for that name and keeps the Host field.
 */
export interface MailPolicy {
  /** Of one domain, lower case; undefined where it is none of ours. */
  policyOf(domain: string): Promise<string | undefined>
}

const path = "/.well-known/mta-sts.txt"
const prefix = "mta-sts."
/** Each answer may be a query; senders ask once in a day or so. */
const questions = { perSecond: 50, burst: 200 }

/** May be asked for under a name that is not this server's own. */
export function asksForMailPolicy({ url, headers }: FastifyRequest): boolean {
  return url === path && domainOf(headers.host) !== undefined
}

export function serveMailPolicy(http: FastifyInstance, { policyOf }: MailPolicy, clock: Clock): void {
  const pace = createPace(clock, questions)
  http.get(path, async (request, reply) => {
    const domain = domainOf(request.headers.host)
    if (domain === undefined) return refuse(reply, "not-found")
    if (!pace.take()) return refuse(reply, "not-ready")
    const policy = await policyOf(domain)
    if (policy === undefined) return refuse(reply, "not-found")
    return reply.type("text/plain; charset=utf-8").header("cache-control", "no-cache").send(policy)
  })
}

function domainOf(host: string | undefined): string | undefined {
  const name = host?.toLowerCase().replace(/:\d{1,5}$/, "") ?? ""
  const domain = name.startsWith(prefix) ? name.slice(prefix.length) : ""
  return /^[a-z0-9.-]{1,253}$/.test(domain) ? domain : undefined
}
