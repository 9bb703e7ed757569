import type { FastifyError, FastifyInstance } from "fastify"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { failure, network, own } from "../../ports/log-fields.ts"
import { ipAddress, type Privacy, type PublicLedger } from "../../privacy/index.ts"
import { type AcmeChallenges, serveAcmeChallenges } from "./acme-challenges.ts"
import { addressOf, createBoundedServer } from "./bounded-server.ts"
import { type Health, serveHealth } from "./health.ts"
import { serveLedgerPage } from "./ledger-page.ts"
import { serveLedger } from "./ledger-routes.ts"
import { createLiveSession } from "./live-session.ts"
import { asksForMailPolicy, type MailPolicy, serveMailPolicy } from "./mail-policy.ts"
import type { MailPrograms } from "./mail-programs/mail-programs.ts"
import { asksForMailPrograms, serveMailPrograms } from "./mail-programs/routes.ts"
import { readPrivacyControl, servePrivacyControl } from "./privacy-control.ts"
import { type PrivacyPages, servePrivacyPages } from "./privacy-pages/routes.ts"
import { refuse } from "./refusals.ts"
import { sendSecurityHeaders } from "./security-headers.ts"
import type { SetupAnswer } from "./setup-api.ts"
import { serveSetup } from "./setup-routes.ts"
import type { SetupService } from "./setup-service.ts"
import { createSetupToken, setupLink } from "./setup-token.ts"
import { serveWebApp } from "./web-app.ts"
import { isLoopback, isOurHost } from "./which-host.ts"

/**
 * The HTTP door: the web app, the first-run routes behind it, health and metrics. It speaks plain HTTP, and so on
 * loopback only; from elsewhere one comes through an SSH tunnel. It keeps no state but the one-time link and the
 * first person's session.
 */
export interface HttpDoorOptions {
  /** Port 0 means any. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Names besides loopback's own by which this server may be asked for, lower case. */
  readonly names: readonly string[]
  /** The folder that Vite built. */
  readonly webFolder: string
  readonly service: SetupService
  readonly offer: Omit<SetupAnswer, "kind">
  readonly health: Health
  readonly mailPolicy: MailPolicy
  readonly mailPrograms: MailPrograms
  readonly ledger: { readonly open: PublicLedger }
  readonly pages: PrivacyPages
  /** Where an authority's looks at port 80 may come here through a web server; undefined where none is asked. */
  readonly challenges: AcmeChallenges | undefined
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
}

export interface HttpDoor {
  /** `127.0.0.1:8080`, with the port that was given. */
  readonly address: string
  /** The one-time link, to be shown as long as there is no first person. */
  readonly setupLink: string
  /** Lets go of the session, ends idle connections, waits for answers that are under way. */
  close(): Promise<void>
}

export { type AcmeChallenges, type ChallengeDoor, openChallengeDoor } from "./acme-challenges.ts"
export type { Health } from "./health.ts"
export type { MailPolicy } from "./mail-policy.ts"
export type { MailPrograms, MailServer } from "./mail-programs/mail-programs.ts"
export type * from "./setup-api.ts"
export type { OnTryStep, SetupService, SetupSession, TryOutcome } from "./setup-service.ts"
export { tunnelCommand } from "./tunnel.ts"

const sweepMs = 60_000

export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { chance, clock, log } = options
  const host = options.listen.host === "localhost" ? "127.0.0.1" : options.listen.host
  if (!isLoopback(host)) throw new PlainTextError(host, options.listen.port)

  const token = createSetupToken(chance, clock)
  const live = createLiveSession(chance, clock)
  const http = createServer(options)
  serveHealth(http, options.health, options.privacy)
  serveMailPolicy(http, options.mailPolicy, clock)
  await serveMailPrograms(http, { programs: options.mailPrograms, privacy: options.privacy, clock })
  serveLedger(http, options.ledger.open, clock)
  await serveLedgerPage(http, options.webFolder, options.ledger.open.verifierKey)
  servePrivacyControl(http)
  if (options.challenges !== undefined) serveAcmeChallenges(http, options.challenges)
  await servePrivacyPages(http, { ...options.pages, clock })
  await serveWebApp(http, options.webFolder)
  await http.register(async scope => {
    serveSetup(scope, { service: options.service, offer: options.offer, token, live, log })
  })
  await http.listen({ host, port: options.listen.port })
  const sweeping = setInterval(live.sweep, sweepMs).unref()

  const address = addressOf(http)
  log.event("door.listening", { door: own("http"), address: own(address) })
  return {
    address,
    setupLink: setupLink(address, token),
    async close() {
      clearInterval(sweeping)
      await http.close()
      live.close()
    },
  }
}

function createServer({ names, privacy, log }: HttpDoorOptions): FastifyInstance {
  const http = createBoundedServer()
  sendSecurityHeaders(http)
  readPrivacyControl(http)
  http.addHook("onRequest", async (request, reply) => {
    const isProbe = request.url === "/healthz" || request.url === "/readyz"
    const isPublic = isProbe || asksForMailPolicy(request) || asksForMailPrograms(request)
    if (isPublic || isOurHost(request.headers.host, names)) return undefined
    const source = ipAddress(request.ip)
    await privacy.gate("server.protect", { kind: "stranger" }, async permit =>
      log.event("http.refused-host", { source: network(source.open(permit)) }),
    )
    return refuse(reply, "wrong-host")
  })
  http.setNotFoundHandler((_request, reply) => refuse(reply, "not-found"))
  http.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error.statusCode === 413) return refuse(reply, "too-big")
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, "malformed")
    log.event("http.failed", { error: failure(error) })
    return refuse(reply, "failed")
  })
  return http
}

/** A setting that would send passwords and mail over a network in the clear. */
export class PlainTextError extends Error {
  override readonly name = "PlainTextError"
  readonly temporary = false
  constructor(host: string, port: number) {
    super(
      `[listen] http = "${host}:${port}" would send passwords and mail over the network in plain text. ` +
        `The HTTP door listens on loopback only: write "127.0.0.1:${port}", ` +
        "and come from another machine through an SSH tunnel.",
    )
  }
}
