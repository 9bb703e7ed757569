/**
 * What mail programs ask before anybody has signed in. An answer hangs on the domain alone, never on whether there is
 * such a mailbox. They ask under names of the domain, so these paths are answered under any: nothing of a person is
 * behind them. They come by way of a web server that speaks HTTPS for those names.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { Clock } from "../../../ports/clock.ts"
import { mailAddress, type Privacy } from "../../../privacy/index.ts"
import { createPace } from "../pace.ts"
import { refuse } from "../refusals.ts"
import { appleProfile } from "./apple-profile.ts"
import { type AskedAddress, readAskedAddress, readAskedDomain } from "./asked-address.ts"
import { autodiscoverAnswer, maxAutodiscoverRequest, readAutodiscover } from "./autodiscover.ts"
import { clientConfig } from "./client-config.ts"
import type { MailPrograms } from "./mail-programs.ts"

const wellKnown = "/.well-known/autoconfig/mail/config-v1.1.xml"
const thunderbird = "/mail/config-v1.1.xml"
/** Programs write it in both ways. */
const outlook = ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"]
const apple = "/apple.mobileconfig"
const paths: ReadonlySet<string> = new Set([wellKnown, thunderbird, ...outlook, apple])

const xml = { "content-type": "text/xml; charset=utf-8" }
const profile = {
  "content-type": "application/x-apple-aspen-config",
  "content-disposition": 'attachment; filename="mail.mobileconfig"',
}

/** Each answer may be a query; a program asks once, when it is set up. */
const questions = { perSecond: 50, burst: 200 }

export function asksForMailPrograms({ url }: FastifyRequest): boolean {
  const mark = url.indexOf("?")
  return paths.has(mark < 0 ? url : url.slice(0, mark))
}

interface Parts {
  readonly programs: MailPrograms
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
}

export async function serveMailPrograms(
  http: FastifyInstance,
  { programs, privacy, clock }: Parts,
): Promise<void> {
  const pace = createPace(clock, questions)

  /** Answers where the domain is ours; `make` is undefined where there is nothing to tell. */
  const answer = async (
    reply: FastifyReply,
    domain: string | undefined,
    headers: Readonly<Record<string, string>>,
    make: () => string | Promise<string | undefined>,
  ): Promise<FastifyReply> => {
    if (domain === undefined) return refuse(reply, "malformed")
    if (!pace.take()) return refuse(reply, "not-ready")
    const text = (await programs.isOurs(domain)) ? await make() : undefined
    if (text === undefined) return refuse(reply, "not-found")
    return reply.headers({ "cache-control": "no-store", ...headers }).send(text)
  }

  /** An answer that says the address back which it was asked about. */
  const about = (
    { address }: AskedAddress,
    make: (address: string) => string | undefined,
  ): Promise<string | undefined> =>
    privacy.gate("account.serve", { kind: "stranger" }, async permit =>
      make(mailAddress(address).open(permit)),
    )

  for (const path of [wellKnown, thunderbird]) {
    http.get<{ Querystring: { emailaddress?: unknown } }>(path, async (request, reply) => {
      const { emailaddress } = request.query
      const domain =
        emailaddress === undefined
          ? domainOfHost(request.headers.host)
          : readAskedAddress(emailaddress)?.domain
      return await answer(reply, domain, xml, () => clientConfig(programs, domain ?? ""))
    })
  }

  http.get<{ Querystring: { email?: unknown } }>(apple, async (request, reply) => {
    const asked = readAskedAddress(request.query.email)
    return await answer(reply, asked?.domain, profile, async () =>
      asked === undefined ? undefined : await about(asked, address => appleProfile(programs, address)),
    )
  })

  await http.register(async scope => {
    const types = ["text/xml", "application/xml"]
    const limit = { parseAs: "string", bodyLimit: maxAutodiscoverRequest } as const
    scope.addContentTypeParser(types, limit, (_request, body, done) => done(null, body))
    for (const path of outlook) {
      scope.post(path, async (request, reply) => {
        const asked = typeof request.body === "string" ? readAutodiscover(request.body) : undefined
        return await answer(reply, asked?.domain, xml, async () =>
          asked === undefined
            ? undefined
            : await about(asked, address => autodiscoverAnswer(programs, address)),
        )
      })
    }
  })
}

/** "autoconfig.example.org" asks about example.org; so does example.org itself. */
function domainOfHost(host: string | undefined): string | undefined {
  const name = host?.toLowerCase().replace(/:\d{1,5}$/, "")
  return readAskedDomain(name?.replace(/^autoconfig\./, ""))
}
