import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { z } from "zod"
import type { Log } from "../../ports/log.ts"
import { failure } from "../../ports/log-fields.ts"
import type { LiveSession } from "./live-session.ts"
import { refuse } from "./refusals.ts"
import {
  type CreatedAnswer,
  type InboxAnswer,
  type InvalidAnswer,
  type Refusal,
  type SetupAnswer,
  sessionHeader,
  tokenHeader,
} from "./setup-api.ts"
import type { SetupService, SetupSession } from "./setup-service.ts"
import type { SetupToken } from "./setup-token.ts"
import { streamTry } from "./try-stream.ts"
import { isOurPage } from "./which-host.ts"

/** The few fixed routes behind the first-run page (`setup-api.ts` lists them); sign-in will replace them. */
export interface Setup {
  readonly service: SetupService
  readonly token: SetupToken
  readonly live: LiveSession
  readonly offer: Omit<SetupAnswer, "kind">
  readonly log: Log
}

const personForm = z.strictObject({
  organisation: z.string().max(200),
  domain: z.string().max(253),
  localPart: z.string().max(64),
  password: z.string().max(1_024),
})

export function serveSetup(http: FastifyInstance, setup: Setup): void {
  const { service, live, offer, log } = setup
  let isMaking = false

  http.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store")
    if (!isOurPage(request.headers)) return refuse(reply, "wrong-host")
    return undefined
  })

  http.get("/setup/api/state", async (request, reply) => {
    const away = await whyAway(setup, request)
    if (away !== undefined) return refuse(reply, away)
    return { kind: "open", ...offer } satisfies SetupAnswer
  })

  http.post("/setup/api/person", async (request, reply) => {
    const away = await whyAway(setup, request)
    if (away !== undefined) return refuse(reply, away)
    const form = personForm.safeParse(request.body)
    if (!form.success) return refuse(reply, "malformed")
    if (isMaking) return refuse(reply, "busy")
    isMaking = true
    try {
      const made = await service.createFirstPerson(form.data)
      if (made.kind === "already-done") return refuse(reply, "done")
      if (made.kind === "invalid") return reply.code(422).send(made satisfies InvalidAnswer)
      await honourFirst(setup, request, made.session)
      return { ...made, session: live.hold(made.session) } satisfies CreatedAnswer
    } finally {
      isMaking = false
    }
  })

  http.get("/setup/api/inbox", (request, reply) =>
    withSession(setup, request, reply, async (session): Promise<InboxAnswer> => {
      return { mails: await service.inbox(session) }
    }),
  )

  http.get<{ Params: { id: string } }>("/setup/api/mail/:id", (request, reply) =>
    withSession(setup, request, reply, async session => {
      return (await service.open(session, request.params.id)) ?? refuse(reply, "not-found")
    }),
  )

  let isTrying = false
  http.post("/setup/api/try", (request, reply) =>
    withSession(setup, request, reply, async session => {
      if (isTrying) return refuse(reply, "busy")
      isTrying = true
      const stream = streamTry(service, session, error => log.event("http.failed", { error: failure(error) }))
      stream.once("close", () => {
        isTrying = false
      })
      return reply.type("application/x-ndjson; charset=utf-8").send(stream)
    }),
  )

  http.post("/setup/api/leave", (request, reply) =>
    withSession(setup, request, reply, async () => {
      live.close()
      return reply.code(204).send()
    }),
  )
}

/**
 * A link that was used up says so whatever its token: the page then tells the way that is left. It gives the reason and
 * not the reply: a reply that is awaited is `undefined` once it is sent, as though nobody had been turned away.
 */
async function whyAway(
  { service, token }: Setup,
  request: FastifyRequest,
): Promise<Refusal["kind"] | undefined> {
  if ((await service.state()) === "done") return "done"
  const offered = token.check(request.headers[tokenHeader])
  if (offered === "right") return undefined
  return offered === "wrong" ? "wrong-link" : "slow-down"
}

/** The person is there, and the code is shown this once: a signal that cannot be written now is with the next request. */
async function honourFirst(
  { service, log }: Setup,
  request: FastifyRequest,
  session: SetupSession,
): Promise<void> {
  if (!request.privacyControl || session.isOver()) return
  await service
    .honourSignal(session)
    .catch((error: unknown) => log.event("http.failed", { error: failure(error) }))
}

async function withSession(
  { live, service }: Setup,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (session: SetupSession) => Promise<unknown>,
): Promise<unknown> {
  const session = live.find(request.headers[sessionHeader])
  if (session === undefined) return refuse(reply, "session-over")
  if (request.privacyControl) await service.honourSignal(session)
  return await work(session)
}
