import type { FastifyInstance } from "fastify"
import { ipAddress, type Privacy } from "../../privacy/index.ts"
import { isLoopback } from "./which-host.ts"

/** What orchestrators and Prometheus ask for. */
export interface Health {
  /** Names of what the server still waits for ("the database", "room on the disk"): empty when it takes mail. */
  waitingFor(): readonly string[]
  /** Prometheus text exposition, version 0.0.4. */
  metrics(): string
}

/**
 * `/healthz`: the process answers. `/readyz`: it takes mail; 503 with what it waits for otherwise.
 * `/metrics`: for a scraper on this machine. It holds no personal data, but tells how busy a house is, so a
 * request that came through a proxy is refused: to a proxied server every peer looks local.
 */
export function serveHealth(http: FastifyInstance, health: Health, privacy: Pick<Privacy, "gate">): void {
  http.get("/healthz", (_request, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }))

  http.get("/readyz", (_request, reply) => {
    const waitingFor = health.waitingFor()
    reply.header("cache-control", "no-store").code(waitingFor.length === 0 ? 200 : 503)
    return reply.send({ status: waitingFor.length === 0 ? "ready" : "waiting", waitingFor })
  })

  http.get("/metrics", async (request, reply) => {
    const { headers } = request
    const isProxied = ["forwarded", "x-forwarded-for", "via", "x-real-ip"].some(name => name in headers)
    reply.header("cache-control", "no-store")
    const source = ipAddress(request.ip)
    const isLocal = await privacy.gate("server.protect", { kind: "stranger" }, async permit =>
      isLoopback(source.open(permit)),
    )
    if (isProxied || !isLocal)
      return reply
        .code(403)
        .type("text/plain; charset=utf-8")
        .send("Metrics are for programs on this machine.\n")
    return reply.type("text/plain; version=0.0.4; charset=utf-8").send(health.metrics())
  })
}
