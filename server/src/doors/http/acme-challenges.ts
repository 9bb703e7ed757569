import type { FastifyError, FastifyInstance } from "fastify"
import { failure, type Log, own } from "../../ports/log.ts"
import { addressOf, createBoundedServer } from "./bounded-server.ts"

/** What a certificate authority is answered that looks whether a name is ours (http-01, RFC 8555 §8.3). */
export interface AcmeChallenges {
  /** The text for a token; undefined where no order waits for it. */
  http(token: string): Promise<string | undefined>
}

/** GET /.well-known/acme-challenge/TOKEN. */
export function serveAcmeChallenges(http: FastifyInstance, challenges: AcmeChallenges): void {
  http.get<{ Params: { token: string } }>("/.well-known/acme-challenge/:token", async (request, reply) => {
    reply.header("cache-control", "no-store").type("text/plain; charset=utf-8")
    const answer = await challenges.http(request.params.token)
    if (answer === undefined) return reply.code(404).send("Nothing is here.\n")
    return reply.type("application/octet-stream").send(answer)
  })
}

export interface ChallengeDoor {
  /** `0.0.0.0:80`, with the port that was given. */
  readonly address: string
  close(): Promise<void>
}

/**
 * A door for that alone, which may stand open to the internet: it answers an authority that looks, and to all else that
 * nothing is here. It has no page, takes no input and knows no person.
 */
export async function openChallengeDoor(options: {
  readonly listen: { readonly host: string; readonly port: number }
  readonly challenges: AcmeChallenges
  readonly log: Log
}): Promise<ChallengeDoor> {
  const { log } = options
  const http = createBoundedServer()
  serveAcmeChallenges(http, options.challenges)
  http.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain").send("Nothing is here.\n"))
  http.setErrorHandler((error: FastifyError, _request, reply) => {
    const isTheirs = error.statusCode !== undefined && error.statusCode < 500
    if (!isTheirs) log.event("http.failed", { error: failure(error) })
    return reply
      .code(isTheirs ? 400 : 500)
      .type("text/plain")
      .send(isTheirs ? "That is not understood.\n" : "Something went wrong.\n")
  })
  await http.listen(options.listen)
  const address = addressOf(http)
  log.event("door.listening", { door: own("acme-http"), address: own(address) })
  return { address, close: () => http.close() }
}
